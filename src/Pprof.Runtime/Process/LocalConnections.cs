using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pprof.Process;

/// <summary>
/// Whose the other end of a connection is, where that is on this machine: by <see cref="SocketDiagnostics"/>, by
/// <c>/proc/self/net/tcp</c> and <c>tcp6</c> (proc_pid_net(5)), and by SO_PEERCRED (unix(7)). Linux only.
/// </summary>
internal static class LocalConnections
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int BufferSize = 64 * 1024;

    /// <summary>
    /// The user id of the socket that is bound to <paramref name="peer"/> and connected to <paramref name="own"/>.
    /// </summary>
    public static ConnectionOwner OwnerOf(IPEndPoint peer, IPEndPoint own)
    {
        IPAddress from = Plain(peer.Address);
        IPAddress to = Plain(own.Address);
        if (from.AddressFamily != to.AddressFamily)
        {
            return ConnectionOwner.NotFound;
        }

        if (SocketDiagnostics.UserOf(new IPEndPoint(from, peer.Port), new IPEndPoint(to, own.Port)) is { } user)
        {
            return ConnectionOwner.Of(user);
        }

        // A client may reach an IPv4 address through a socket for IPv6.
        ConnectionOwner owner = Search("/proc/self/net/tcp6", Key(from.MapToIPv6(), peer.Port) + Key(to.MapToIPv6(), own.Port));
        return from.AddressFamily == AddressFamily.InterNetwork && owner.UserId is null
            ? Search("/proc/self/net/tcp", Key(from, peer.Port) + Key(to, own.Port))
            : owner;
    }

    /// <summary>The user id with which the other side connected to a Unix socket.</summary>
    public static ConnectionOwner OwnerOf(Socket unix)
    {
        // struct ucred: pid, uid, gid.
        Span<byte> credentials = stackalloc byte[12];
        try
        {
            return unix.GetRawSocketOption(SolSocket, SoPeerCred, credentials) == credentials.Length
                ? ConnectionOwner.Of(MemoryMarshal.Read<uint>(credentials[4..]))
                : ConnectionOwner.Unknown;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return ConnectionOwner.Unknown;
        }
    }

    /// <summary>Looks for the line of a connection in a table as the kernel writes it.</summary>
    internal static ConnectionOwner FindIn(ReadOnlySpan<byte> table, ReadOnlySpan<byte> key)
    {
        while (table.IndexOf(key) is int index and >= 0)
        {
            // After the addresses: state tx:rx timer:when retransmits uid timeout inode.
            ReadOnlySpan<byte> rest = table[(index + key.Length)..];
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            table = rest[line.Length..];
            TakeField(ref line);
            TakeField(ref line);
            TakeField(ref line);
            TakeField(ref line);
            if (Utf8Parser.TryParse(TakeField(ref line), out uint user, out _))
            {
                TakeField(ref line);

                // A socket that its process has closed has no inode, and is shown as root's.
                if (Utf8Parser.TryParse(TakeField(ref line), out ulong inode, out _) && inode != 0)
                {
                    return ConnectionOwner.Of(user);
                }
            }
        }

        return ConnectionOwner.NotFound;
    }

    /// <summary>An address and a port as they stand in a line of the table, with the space behind them.</summary>
    internal static string Key(IPAddress address, int port)
    {
        // Words of 32 bits, each printed as the number that it is on this machine.
        byte[] bytes = address.GetAddressBytes();
        string text = "";
        for (int i = 0; i < bytes.Length; i += sizeof(uint))
        {
            text += MemoryMarshal.Read<uint>(bytes.AsSpan(i)).ToString("X8", CultureInfo.InvariantCulture);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{text}:{port:X4} ");
    }

    private static ConnectionOwner Search(string path, string text)
    {
        byte[] key = System.Text.Encoding.ASCII.GetBytes(text);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, share: FileShare.ReadWrite);
            int kept = 0;
            long offset = 0;
            while (RandomAccess.Read(file, buffer.AsSpan(kept), offset) is int read and > 0)
            {
                offset += read;
                ReadOnlySpan<byte> filled = buffer.AsSpan(0, kept + read);
                int complete = filled.LastIndexOf((byte)'\n') + 1;
                ConnectionOwner owner = FindIn(filled[..complete], key);
                if (owner.UserId is not null)
                {
                    return owner;
                }

                // A line is some 150 bytes; one that fills the buffer is none.
                kept = complete == 0 ? 0 : filled.Length - complete;
                filled[^kept..].CopyTo(buffer);
            }

            return ConnectionOwner.NotFound;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ConnectionOwner.Unknown;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static ReadOnlySpan<byte> TakeField(ref ReadOnlySpan<byte> line)
    {
        line = line.TrimStart((byte)' ');
        int end = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = end < 0 ? line : line[..end];
        line = line[field.Length..];
        return field;
    }
}
