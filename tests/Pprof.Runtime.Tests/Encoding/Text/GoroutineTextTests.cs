using Pprof.Encoding.Text;
using Pprof.Profiles;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Encoding.Text;

public sealed class GoroutineTextTests
{
    [Fact]
    public void EachThreadStandsOnItsOwnAndNativeOnesLast()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        int native = profile.Samples.Add([0x3fff], new LabelSet([new Label("code", "native")]), 1);
        int waiting = profile.Samples.Add([0x4fff, 0x1fff, 0x2fff], LabelSet.Empty, 1);
        int running = profile.Samples.Add([(nuint)PseudoFrame.UnknownStack], LabelSet.Empty, 1);
        profile.Threads.Add(new ProfileThread(9, ".NET SigHandler", "syscall", null, IsManaged: false, WaitingFrames: 0, native));
        profile.Threads.Add(new ProfileThread(12, "worker] 1", "Monitor.Enter", TimeSpan.FromSeconds(200), IsManaged: true, WaitingFrames: 1, waiting));
        profile.Threads.Add(new ProfileThread(11, null, "running", TimeSpan.FromSeconds(59), IsManaged: true, WaitingFrames: 0, running));

        Assert.Equal(
            """
            goroutine 11 [running]:
            	goroutine running on other thread; stack unavailable

            goroutine 12 [Monitor.Enter, 3 minutes, "worker\x5d 1"]:
            N.Type.Open(int)
            	/src/Pool.cs:3 +0x0
            Application.Program.Main(...)
            	/src/Program.cs:7 +0x0

            goroutine 9 [syscall, ".NET SigHandler", labels: {"code":"native"}]:
            0x3fff(...)
            	?:0 +0x0

            """,
            Text(profile, 2));
    }

    [Fact]
    public void OfADeepStackTheInnermostAndTheOutermostFramesAreShown()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        int sample = profile.Samples.Add([0x1fff, .. Enumerable.Repeat((nuint)0x3fff, 148), 0x2fff], LabelSet.Empty, 1);
        profile.Threads.Add(new ProfileThread(1, null, "Thread.Sleep", null, IsManaged: true, WaitingFrames: 0, sample));

        string[] lines = Text(profile, 2).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("...50 frames elided...", lines[101]);
        Assert.Equal(1 + (2 * 100) + 1, lines.Length);
        Assert.Equal("N.Type.Open(int)", lines[1]);
        Assert.Equal("Application.Program.Main(...)", lines[^2]);
    }

    [Fact]
    public void WithoutDetailItIsTheFormOfEveryCount()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        profile.Samples.Add([0x2fff], LabelSet.Empty, 4);

        Assert.StartsWith("goroutine profile: total 4\n4 @ 0x3000\n#\t0x2fff\tApplication.Program.Main+0x0\t", Text(profile, 1), StringComparison.Ordinal);
    }

    private static string Text(Profile profile, long detail)
    {
        using var text = new StringWriter();
        TextForm.Write(text, "goroutine", profile, new KnownFunctions(), detail);
        return text.ToString();
    }

    private sealed class KnownFunctions : Symbolizer
    {
        public override IReadOnlyList<CodeMapping> Mappings => [];

        public override FrameSymbol? Resolve(nuint address) => (ulong)address switch
        {
            0x1fff => new FrameSymbol("N.Type.Open(int)", FileName: "/src/Pool.cs", Line: 3),
            0x2fff => new FrameSymbol("Application.Program.Main", FileName: "/src/Program.cs", Line: 7),
            _ => null,
        };
    }
}
