using System.Globalization;
using System.Runtime.InteropServices;

namespace Pprof.Process;

/// <summary>Tells accounts of people from those of services. Linux only.</summary>
internal static partial class UserAccounts
{
    private const uint DefaultFirstLoginUser = 1000;

    // systemd gives these to services with DynamicUser=, and the last two are nobody (uid_t -1 and -2 of 16 bits).
    private const uint FirstDynamicUser = 61184;
    private const uint LastDynamicUser = 65519;
    private const uint FirstNobody = 65534;
    private const uint LastNobody = 65535;

    private static readonly Lazy<uint> s_firstLoginUser = new(static () => ReadFirstLoginUser("/etc/login.defs"));

    /// <summary>Whether a request of this user is one of a person: root, the user of this process, or one who logs in.</summary>
    public static bool IsPerson(uint user) => user == 0 || user == CurrentUser() || IsLoginUser(user, s_firstLoginUser.Value);

    /// <summary>Whether the account is not one of the system's.</summary>
    internal static bool IsLoginUser(uint user, uint first) =>
        user >= first
        && user is not (>= FirstDynamicUser and <= LastDynamicUser)
        && user is not (FirstNobody or LastNobody or uint.MaxValue);

    /// <summary>UID_MIN of login.defs(5), or its default.</summary>
    internal static uint ReadFirstLoginUser(string path)
    {
        try
        {
            foreach (string line in File.ReadLines(path))
            {
                string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (words is ["UID_MIN", var value, ..] && uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint first) && first > 0)
                {
                    return first;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Small container images have none.
        }

        return DefaultFirstLoginUser;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint CurrentUser();
}
