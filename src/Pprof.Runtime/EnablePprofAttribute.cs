namespace Pprof;

/// <summary>
/// Serves Go's <c>/debug/pprof/</c> endpoints from this application: <c>[assembly: EnablePprof]</c>.
/// What is set here is compiled into the application; <see cref="PprofOptions"/> can change it at run time.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class EnablePprofAttribute : Attribute
{
    /// <summary>
    /// Path under which the endpoints stand. Default: <c>/debug/pprof</c>. Beside one that ends in <c>pprof</c> the wall-clock profile
    /// answers at <c>fgprof</c> too: <c>/debug/fgprof</c>.
    /// </summary>
    public string Path { get; set; } = PprofOptions.DefaultPath;

    /// <summary>
    /// Address of a listener of its own, such as <c>http://localhost:6060</c>; it speaks <c>http</c> only. When it is set, the
    /// application's own listeners do not serve the endpoints. An address that cannot be listened on is a warning in the
    /// log. Default: none.
    /// </summary>
    public string? ListenUrl { get; set; }

    /// <summary>The profiles to link and serve. Default: all.</summary>
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
    /// Samples of the CPU profile per second of CPU time, from 1 to 1000. Default: 100, which also holds, with a warning in the
    /// log, where the value is out of range.
    /// </summary>
    public int CpuProfileRate { get; set; } = PprofOptions.DefaultCpuProfileRate;

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
    public long MemoryProfileRate { get; set; } = PprofOptions.DefaultMemoryProfileRate;

    /// <summary>
    /// Whether the <c>threadcreate</c> profile knows from the start of the application on who created each thread; for that
    /// an event session stays open. Default: false, and it lists the threads by name, with the stacks of those that come
    /// while <c>threadcreate?seconds=</c> is answered. In a NativeAOT binary for Linux, x64 or arm64, the stacks are known
    /// anyway, as far as there is room for them: a thread that makes room in time is there with this. In others it has no
    /// effect.
    /// </summary>
    public bool ThreadCreation { get; set; }

    /// <summary>
    /// The most samples that a profile has; the smallest of more are added up, without labels and then without inner frames,
    /// and the totals stay. 0 for any number. Default: 16,000, above which engines such as Pyroscope refuse a profile.
    /// </summary>
    public int MaxProfileSamples { get; set; } = PprofOptions.DefaultMaxProfileSamples;

    /// <summary>
    /// The most bytes that a profile has before it is compressed; what is larger is treated as one with too many samples.
    /// 0 for any number. Default: 4 MiB.
    /// </summary>
    public int MaxProfileBytes { get; set; } = PprofOptions.DefaultMaxProfileBytes;
}
