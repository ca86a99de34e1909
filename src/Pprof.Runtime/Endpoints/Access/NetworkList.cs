using System.Net;

namespace Pprof.Endpoints.Access;

/// <summary>The networks of <see cref="PprofOptions.AllowedNetworks"/>.</summary>
internal sealed class NetworkList
{
    // The options hardly ever change, and are read at every request.
    private static volatile NetworkList? s_last;

    private readonly string _text;
    private readonly List<IPNetwork> _networks = [];

    private NetworkList(string text)
    {
        _text = text;
        foreach (string entry in Split(text))
        {
            if (TryParse(entry, out IPNetwork network))
            {
                _networks.Add(network);
            }
        }
    }

    /// <summary>The list that <paramref name="text"/> is. What is no network in it is no part of it.</summary>
    public static NetworkList Of(string text)
    {
        if (s_last is not { } list || list._text != text)
        {
            list = new NetworkList(text);
            s_last = list;
        }

        return list;
    }

    /// <summary>The entries of a list as it is written.</summary>
    public static string[] Split(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Whether <paramref name="entry"/> is a network, or an address, which is one of a single address.</summary>
    public static bool IsNetwork(string entry) => TryParse(entry, out _);

    /// <summary>Whether <paramref name="address"/> lies in one of them.</summary>
    public bool Contains(IPAddress address)
    {
        IPAddress plain = Plain(address);
        foreach (IPNetwork network in _networks)
        {
            if (network.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryParse(string entry, out IPNetwork network)
    {
        if (entry.IndexOf('/') is >= 0 and var slash)
        {
            // From .NET 10 on a network may be written with any of its addresses, which may as well be a single one.
            return IPNetwork.TryParse(entry, out network)
                && IPAddress.TryParse(entry.AsSpan(0, slash), out IPAddress? first)
                && network.BaseAddress.Equals(first);
        }

        if (!IPAddress.TryParse(entry, out IPAddress? address))
        {
            network = default;
            return false;
        }

        IPAddress plain = Plain(address);
        network = new IPNetwork(plain, plain.GetAddressBytes().Length * 8);
        return true;
    }

    // A socket for both protocols has clients of IPv4 in this form.
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
