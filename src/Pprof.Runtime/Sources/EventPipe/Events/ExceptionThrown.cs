using System.Runtime.InteropServices;

namespace Pprof.Sources.EventPipe.Events;

/// <summary>
/// An exception is thrown: the payload of ExceptionThrown_V1, as ClrEtwAll.man of dotnet/runtime states it. Type and message
/// (UTF-16, each up to a NUL), then more.
/// </summary>
internal readonly ref struct ExceptionThrown(in RuntimeEvent data)
{
    private readonly ReadOnlySpan<byte> _payload = data.Payload;

    /// <summary>The name of its type, and its message.</summary>
    public string Text
    {
        get
        {
            ReadOnlySpan<char> text = MemoryMarshal.Cast<byte, char>(_payload);
            int type = text.IndexOf('\0');
            if (type < 0)
            {
                return "";
            }

            ReadOnlySpan<char> message = text[(type + 1)..];
            int end = message.IndexOf('\0');
            return end <= 0 ? text[..type].ToString() : $"{text[..type]}: {message[..end]}";
        }
    }
}
