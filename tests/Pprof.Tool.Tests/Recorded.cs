namespace Pprof.Tool.Tests;

/// <summary>The recorded files; <c>Data/program.go</c> says how the profiles were made.</summary>
internal static class Recorded
{
    public const string Cpu1 = "go-cpu1.pb.gz";
    public const string Cpu2 = "go-cpu2.pb.gz";
    public const string Heap1 = "go-heap1.pb.gz";
    public const string Heap2 = "go-heap2.pb.gz";

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);
}
