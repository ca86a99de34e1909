using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pprof.Process;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Allocations.Callback;

/// <summary>
/// Attaches a callback to the process itself: its library goes into a file in memory, and the runtime is asked through
/// its diagnostic port to load it.
/// </summary>
internal static unsafe class ProfilerAttachment
{
    // The class whose factory the runtime asks the library for. Any will do: there is one.
    private static readonly Guid s_class = new("3c1f6a9e-5b0d-4b7c-8f52-6d0a91c5e7b4");

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly string[] s_switches = ["DOTNET_EnableDiagnostics_Profiler", "COMPlus_EnableDiagnostics_Profiler"];

    private const byte ProfilerCommands = 3;
    private const byte AttachProfiler = 1;

    // Requests that the runtime has not answered, by what their library writes into. It may come to them later.
    private static readonly Dictionary<nint, (Socket Socket, SafeFileHandle Library)> s_unanswered = [];

    private static int s_answers;

    /// <summary>Why nothing can be attached, and what would help; null where something can be.</summary>
    public static string? UnsupportedReason => ReasonFor(Environment.GetEnvironmentVariable) ?? DiagnosticPort.UnsupportedReason;

    internal static string? ReasonFor(Func<string, string?> variable)
    {
        foreach (string name in s_switches)
        {
            if (int.TryParse(variable(name), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int value) && value == 0)
            {
                return $"that needs the runtime's profiling interface, which is closed by {name}=0; remove it and restart";
            }
        }

        return null;
    }

    /// <summary>The library for this processor.</summary>
    public static ReadOnlySpan<byte> LibraryFor(ReadOnlySpan<byte> x64, ReadOnlySpan<byte> arm64) =>
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? arm64 : x64;

    /// <summary>Attaches a callback to <paramref name="memory"/>. Returns why that failed, or null.</summary>
    /// <param name="memory">What it writes into.</param>
    /// <param name="library">Its library.</param>
    /// <param name="subject">What it is told of.</param>
    /// <param name="isRefused">Whether it failed because the runtime or the system does not want it, which is for good.</param>
    public static string? Attach(AllocationRing memory, ReadOnlySpan<byte> library, string subject, out bool isRefused)
    {
        isRefused = false;
        try
        {
            // It is not asked twice: both libraries would be loaded.
            if (!IsAsked(memory))
            {
                if (DiagnosticSocket.Own.ConnectablePath is not { } path)
                {
                    return DiagnosticPort.UnsupportedReason ?? "the runtime's diagnostic port is not there; restart the service";
                }

                if (!TryAsk(path, library, memory))
                {
                    // EMFILE, ENFILE, ENOMEM: those end.
                    int error = Marshal.GetLastPInvokeError();
                    isRefused = error is not (24 or 23 or 12);
                    return $"the system has no file in memory for the callback of {subject}: memfd_create(2) failed with errno {error}";
                }
            }

            int result = ReadAnswer(memory);
            isRefused = result < 0;
            return isRefused ? $"the runtime refused to attach the callback of {subject} (0x{result:x8})" : null;
        }
        catch (SocketException e) when (DiagnosticCommand.IsSilence(e))
        {
            return "the runtime's diagnostic port does not answer: another program has connected to it and says nothing, or the machine is too busy;"
                + " end that program (ss -xp shows it at dotnet-diagnostic), or try again";
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            return $"the runtime's diagnostic port cannot be used: {e.Message}";
        }
    }

    /// <summary>The request to attach the library at <paramref name="path"/>, which is given one address.</summary>
    internal static byte[] Message(string path, nint address)
    {
        byte[] name = System.Text.Encoding.Unicode.GetBytes(path + '\0');
        byte[] content = new byte[sizeof(uint) + 16 + sizeof(uint) + name.Length + sizeof(uint) + sizeof(long)];
        Span<byte> payload = content;
        BinaryPrimitives.WriteUInt32LittleEndian(payload, (uint)s_patience.TotalSeconds);
        s_class.TryWriteBytes(payload[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(payload[20..], name.Length / sizeof(char));
        name.CopyTo(payload[24..]);
        payload = payload[(24 + name.Length)..];
        BinaryPrimitives.WriteInt32LittleEndian(payload, sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(payload[4..], address);
        return DiagnosticCommand.Message(ProfilerCommands, AttachProfiler, content);
    }

    // The system's loader takes a library that has a name for loaded, and the number of a file is given to the next one. So
    // each has another way to it.
    private static string PathOf(SafeFileHandle file, int number) =>
        "/proc/self" + new StringBuilder().Insert(0, "/.", number) + $"/fd/{file.DangerousGetHandle()}";

    private static bool IsAsked(AllocationRing memory)
    {
        lock (s_unanswered)
        {
            return s_unanswered.ContainsKey(memory.Address);
        }
    }

    /// <summary>Asks the runtime to load a library; false where there is no file for it.</summary>
    private static bool TryAsk(string path, ReadOnlySpan<byte> library, AllocationRing memory)
    {
        SafeFileHandle? file = MemoryFile.TryCreate(library);
        if (file is null)
        {
            return false;
        }

        try
        {
            Socket socket = DiagnosticCommand.Send(path, Message(PathOf(file, Volatile.Read(ref s_answers)), memory.Address), s_patience);

            // Were the file closed before the runtime comes to load it, its number would be that of another: the runtime would
            // wait for a pipe, with the lock of the system's loader, for ever.
            lock (s_unanswered)
            {
                s_unanswered.Add(memory.Address, (socket, file));
            }

            file = null;
            return true;
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>What the runtime answers; negative where it refuses.</summary>
    /// <exception cref="SocketException">It does not answer in time, and can be asked for its answer again.</exception>
    private static int ReadAnswer(AllocationRing memory)
    {
        (Socket socket, SafeFileHandle library) = Unanswered(memory);
        bool isAnswered = true;
        try
        {
            byte[] answer = DiagnosticCommand.ReadAnswer(socket, out bool isOk);
            Interlocked.Increment(ref s_answers);
            int result = answer.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(answer);
            return isOk ? result : result < 0 ? result : -1;
        }
        catch (Exception e) when (e is not IOException)
        {
            isAnswered = false;
            throw;
        }
        finally
        {
            if (isAnswered)
            {
                lock (s_unanswered)
                {
                    s_unanswered.Remove(memory.Address);
                }

                socket.Dispose();
                library.Dispose();
            }
        }
    }

    private static (Socket Socket, SafeFileHandle Library) Unanswered(AllocationRing memory)
    {
        lock (s_unanswered)
        {
            return s_unanswered[memory.Address];
        }
    }
}
