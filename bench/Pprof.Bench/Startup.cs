using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>One start of a service, up to its first answer.</summary>
/// <param name="Milliseconds">From the start of the process to the answer.</param>
/// <param name="CpuMilliseconds">What its threads have used of the processors by then, which other programs change less.</param>
/// <param name="PageFaults">How often the system has given it a page, or some pages of a file, by then.</param>
/// <param name="Resident">Memory of the process then, in bytes.</param>
/// <param name="Own">What of it is no file's, so that no other process can share it.</param>
/// <param name="JittedMethods">What the JIT had compiled by then, as the answer says.</param>
/// <param name="Assemblies">Names of the files of assemblies that were mapped then.</param>
internal sealed record Startup(
    double Milliseconds, double CpuMilliseconds, long PageFaults, long Resident, long Own, int JittedMethods, IReadOnlyList<string> Assemblies)
{
    private const uint PollMicroseconds = 200;

    // A connection of its own, closed by the service: nothing that a client library does is in the measurement.
    private static readonly byte[] s_request = [.. "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8];

    /// <summary>Starts the service, asks it as soon as it can be asked, and ends it.</summary>
    public static Startup Measure(PublishedService service)
    {
        var address = new IPEndPoint(IPAddress.Loopback, FreePort());

        // The host watches the folder that it is started in for changes of its settings, with all folders below: in one such as
        // that of temporary files, which may have thousands, most of the time and some of the memory would be theirs.
        ProcessStartInfo description = ChildProcess.Describe(
            service.File, [.. service.Arguments, "--urls", $"http://{address}"], service.Folder, environment: null);
        long start = Stopwatch.GetTimestamp();
        using var process = System.Diagnostics.Process.Start(description)!;
        try
        {
            string answer = Ask(process, address);
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            return new Startup(
                milliseconds,
                CpuOf(process.Id) / 1e6,
                PageFaultsOf(process.Id),
                MemoryOf(process.Id, "VmRSS:"),
                MemoryOf(process.Id, "RssAnon:"),
                MethodsIn(answer),
                AssembliesOf(process.Id));
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static string Ask(System.Diagnostics.Process process, IPEndPoint address)
    {
        while (!process.HasExited)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(address);
            }
            catch (SocketException)
            {
                Sleep(PollMicroseconds);
                continue;
            }

            socket.Send(s_request);
            using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }

        throw new InvalidOperationException($"The service ended.\n{process.StandardOutput.ReadToEnd()}\n{process.StandardError.ReadToEnd()}");
    }

    private static int MethodsIn(string answer)
    {
        Debug.Assert(answer.StartsWith("HTTP/1.1 200"), answer);
        string body = answer[answer.IndexOf("\r\n\r\n")..];
        return body.Split(["\r\n"], StringSplitOptions.RemoveEmptyEntries)
            .Select(line => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0)
            .Max();
    }

    /// <summary>The first field of schedstat, in nanoseconds, of each thread: sched-stats.rst of the kernel.</summary>
    private static long CpuOf(int process) => Directory.EnumerateDirectories($"/proc/{process}/task")
        .Sum(thread => long.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture));

    /// <summary>The field <c>minflt</c> of proc_pid_stat(5), the eighth behind the program's name.</summary>
    private static long PageFaultsOf(int process) =>
        long.Parse(File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1].Split(' ')[7], CultureInfo.InvariantCulture);

    /// <summary>A line of proc_pid_status(5), which is in KB.</summary>
    private static long MemoryOf(int process, string line) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process}/status").First(found => found.StartsWith(line)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    private static string[] AssembliesOf(int process) =>
    [
        .. File.ReadLines($"/proc/{process}/maps")
            .Where(line => line.EndsWith(".dll"))
            .Select(line => Path.GetFileNameWithoutExtension(line))
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // Thread.Sleep rounds to milliseconds, which is what is to be measured.
    [DllImport("libc", EntryPoint = "usleep")]
    private static extern int Sleep(uint microseconds);
}
