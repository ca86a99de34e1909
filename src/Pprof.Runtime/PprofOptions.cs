namespace Pprof;

/// <summary>
/// What <see cref="EnablePprofAttribute"/> set at compile time, changed at run time by <c>services.AddPprof(…)</c>
/// or by the configuration section <c>Pprof</c>.
/// </summary>
public sealed class PprofOptions
{
    internal const string DefaultPath = "/debug/pprof";
    internal const int DefaultCpuProfileRate = 100;
    internal const int MaxCpuProfileRate = 1000;
    internal const long DefaultMemoryProfileRate = 512 * 1024;
    internal const long DefaultSnapshotResidentLimit = 4L << 30;
    internal const long DefaultAsyncResidentLimit = 1L << 30;
    internal const long DefaultSnapshotMemoryLimit = 1L << 30;
    internal const long DefaultSnapshotEventLimit = 128L << 20;
    internal const int DefaultMaxProfileSamples = 16_000;
    internal const int DefaultMaxProfileBytes = 4 << 20;

    /// <summary>Name of the configuration section: <c>Pprof</c>.</summary>
    public const string SectionName = "Pprof";

    /// <summary>
    /// Path under which the endpoints stand. Default: <c>/debug/pprof</c>. Beside one that ends in <c>pprof</c> the wall-clock profile
    /// answers at <c>fgprof</c> too: <c>/debug/fgprof</c>.
    /// </summary>
    public string Path { get; set; } = DefaultPath;

    /// <summary>
    /// Address of a listener of its own, <c>http</c> only, or null to serve from the application's listeners. An address that
    /// cannot be listened on is a warning in the log.
    /// </summary>
    public string? ListenUrl { get; set; }

    /// <summary>
    /// The profiles to serve. A profile that the attribute left out is not in the application and cannot be added here.
    /// </summary>
    public PprofProfiles Profiles { get; set; } = PprofProfiles.All;

    /// <summary>Who may reach the endpoints. Default: only this machine.</summary>
    public PprofAccess Access { get; set; } = PprofAccess.Loopback;

    /// <summary>The authorization policy that <see cref="PprofAccess.Policy"/> asks for.</summary>
    public string? AuthorizationPolicy { get; set; }

    /// <summary>
    /// Networks and addresses, separated by commas, such as <c>10.0.0.0/8, fd00::/8, 192.0.2.7</c>: who connects from one of
    /// them is answered too where <see cref="Access"/> is <see cref="PprofAccess.Loopback"/>, and nobody else where it is
    /// <see cref="PprofAccess.Anyone"/> or <see cref="PprofAccess.Policy"/>. What counts is the address of the connection, not
    /// what a header says of it; what a proxy forwarded comes from none of them. Default: null, for no such rule.
    /// </summary>
    public string? AllowedNetworks { get; set; }

    /// <summary>
    /// What who asks from elsewhere has to know: the password of HTTP Basic, with any user name, as in
    /// <c>go tool pprof http://pprof:SECRET@host/debug/pprof/heap</c>. Where <see cref="Access"/> is
    /// <see cref="PprofAccess.Loopback"/> it admits other machines, from <see cref="AllowedNetworks"/> where that is set; where
    /// it is <see cref="PprofAccess.Anyone"/> everyone has to know it; where it is <see cref="PprofAccess.Policy"/> it is asked
    /// in the place of the policy. No attribute sets it, because a secret is not for source code: it belongs in the
    /// configuration, <c>Pprof:Secret</c>. Default: null, for no such rule; an empty one admits nobody.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>
    /// Samples of the CPU profile per second of CPU time, from 1 to 1000. Default: 100, which also holds, with a warning in the
    /// log, where the value is out of range.
    /// </summary>
    public int CpuProfileRate { get; set; } = DefaultCpuProfileRate;

    /// <summary>
    /// One in so many contentions of a lock is in the <c>mutex</c> profile; 1 for all of them. Default: 0, for none but
    /// while <c>mutex?seconds=</c> is answered, which sees all. <see cref="PprofRuntime.SetMutexProfileFraction"/> changes it.
    /// </summary>
    public int MutexProfileFraction { get; set; }

    /// <summary>
    /// The <c>block</c> profile samples one wait for each so many nanoseconds spent waiting; 1 for all waits. Default: 0,
    /// for none but while <c>block?seconds=</c> is answered, which sees all. <see cref="PprofRuntime.SetBlockProfileRate"/>
    /// changes it.
    /// </summary>
    public long BlockProfileRate { get; set; }

    /// <summary>
    /// What requests are labelled with on samples. Routes are in the profiles of the process's whole life too, as far as these
    /// are sampled all the time; spans are in none but those that are collected for <c>seconds=</c>, and cost nothing while none
    /// is. Default: <see cref="PprofLabelsOf.Routes"/>.
    /// </summary>
    public PprofLabelsOf Labels { get; set; } = PprofLabelsOf.Routes;

    /// <summary>
    /// When allocations are sampled for the <c>heap</c> and <c>allocs</c> profiles. Default:
    /// <see cref="Pprof.MemoryProfile.Sampled"/>, from when the application has started. While they are, the runtime gives the
    /// events <c>GCAllocationTick</c> to nobody, such as <c>dotnet-trace</c>.
    /// </summary>
    public MemoryProfile MemoryProfile { get; set; } = MemoryProfile.Sampled;

    /// <summary>
    /// Bytes that are allocated from one sample of the <c>heap</c> and <c>allocs</c> profiles to the next, on average; not less
    /// than 102,400, which is the runtime's own period. 0 for no samples. Default: 524,288, as in Go.
    /// <see cref="PprofRuntime.SetMemoryProfileRate"/> changes it.
    /// </summary>
    public long MemoryProfileRate { get; set; } = DefaultMemoryProfileRate;

    /// <summary>
    /// Whether the <c>threadcreate</c> profile knows from the start of the application on who created each thread; for that
    /// an event session stays open. Default: false, and it lists the threads by name, with the stacks of those that come
    /// while <c>threadcreate?seconds=</c> is answered. In a NativeAOT binary for Linux, x64 or arm64, the stacks are known
    /// anyway, as far as there is room for them: a thread that makes room in time is there with this. In others it has no
    /// effect.
    /// </summary>
    public bool ThreadCreation { get; set; }

    /// <summary>
    /// Bytes of resident memory above which the heap is not looked at for <c>heap?view=types</c> and
    /// <c>heap?view=retained</c>: for that the process is copied, which stops it for some 35 milliseconds for each gigabyte.
    /// Default: 4 GB. 0 for never.
    /// </summary>
    public long SnapshotResidentLimit { get; set; } = DefaultSnapshotResidentLimit;

    /// <summary>
    /// Bytes that the copy of the process may need for itself to look at the heap, beside what it shares with the process: two
    /// bits for each eight bytes of the heap, and more for the ways to the objects. Default: 1 GB.
    /// </summary>
    public long SnapshotMemoryLimit { get; set; } = DefaultSnapshotMemoryLimit;

    /// <summary>
    /// Bytes of the heap up to which the runtime's events tell of it where the process cannot be copied: for that all garbage is
    /// collected, and the process stops for some 4 milliseconds for each megabyte and needs some three times the heap meanwhile.
    /// Default: 128 MB. 0 for never.
    /// </summary>
    public long SnapshotEventLimit { get; set; } = DefaultSnapshotEventLimit;

    /// <summary>
    /// The most samples that a profile has; the smallest of more are added up, without labels and then without inner frames,
    /// and the totals stay. 0 for any number. Default: 16,000, above which engines such as Pyroscope refuse a profile.
    /// </summary>
    public int MaxProfileSamples { get; set; } = DefaultMaxProfileSamples;

    /// <summary>
    /// The most bytes that a profile has before it is compressed; what is larger is treated as one with too many samples.
    /// 0 for any number. Default: 4 MiB.
    /// </summary>
    public int MaxProfileBytes { get; set; } = DefaultMaxProfileBytes;

    /// <summary>
    /// Whether <c>goroutine</c> shows suspended asynchronous operations where the request does not say it by <c>async=</c>: 1 for
    /// yes, 0 for threads alone. Default: 1.
    /// </summary>
    public int GoroutineAsync { get; set; } = 1;

    /// <summary>
    /// Bytes of resident memory above which <c>goroutine</c> shows threads alone: to find asynchronous operations the process is
    /// copied, as for <see cref="SnapshotResidentLimit"/>, and a scraper may ask every few seconds. Default: 1 GB. 0 for never.
    /// </summary>
    public long AsyncResidentLimit { get; set; } = DefaultAsyncResidentLimit;
}
