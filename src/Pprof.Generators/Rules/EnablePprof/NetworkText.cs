using System.Net;
using System.Net.Sockets;

namespace Pprof.Generators.Rules.EnablePprof;

/// <summary>A list of networks, as the runtime reads it.</summary>
internal static class NetworkText
{
    /// <summary>The entries that are no networks; one that is empty for a list without any.</summary>
    public static IEnumerable<string> Invalid(string networks)
    {
        string[] entries = Entries(networks);
        return entries.Length == 0 ? [networks] : entries.Where(static entry => LengthOf(entry) is null);
    }

    /// <summary>Whether every address lies in one of the networks.</summary>
    public static bool HasAll(string networks) => Entries(networks).Any(static entry => LengthOf(entry) == 0);

    private static string[] Entries(string networks) =>
        [.. networks.Split(',').Select(static entry => entry.Trim()).Where(static entry => entry.Length > 0)];

    /// <summary>The bits that the addresses of a network have in common; null where it is none.</summary>
    private static int? LengthOf(string entry)
    {
        int slash = entry.IndexOf('/');
        if (!IPAddress.TryParse(slash < 0 ? entry : entry.Substring(0, slash), out IPAddress? first))
        {
            return null;
        }

        int bits = first.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (slash < 0)
        {
            return bits;
        }

        return int.TryParse(entry.Substring(slash + 1), out int length) && length >= 0 && length <= bits && IsFirst(first, length) ? length : null;
    }

    private static bool IsFirst(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            if ((bytes[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                return false;
            }
        }

        return true;
    }
}
