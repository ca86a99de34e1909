using Pprof.Encoding.Text;
using Pprof.Profiles;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Encoding.Text;

public sealed class CountProfileTextTests
{
    [Fact]
    public void StacksStandLargestFirstWithAlignedFrames()
    {
        var profile = ProfileShape.Counting("things").NewProfile();
        profile.Samples.Add([0x1fff, 0x2fff], LabelSet.Empty, 2);
        profile.Samples.Add([0xfffe], LabelSet.Empty, 3);
        profile.Samples.Add([0x2fff, 0x3fff, 0x4fff], LabelSet.Empty, 3);
        using var text = new StringWriter();

        CountProfileText.Write(text, "things", profile, new KnownFunctions());

        Assert.Equal(
            """
            things profile: total 8
            3 @ 0x3000 0x4000 0x5000
            #	0x2fff	Application.Program.Main+0x0	/src/Program.cs:7
            #	0x3fff
            #	0x4fff	Open+0x0	/src/Pool.cs:12

            3 @ 0xffff
            #	0xfffe

            2 @ 0x2000 0x3000
            #	0x1fff	N.Type.Open+0x0			/src/Pool.cs:3
            #	0x2fff	Application.Program.Main+0x0	/src/Program.cs:7


            """,
            text.ToString());
    }

    private sealed class KnownFunctions : Symbolizer
    {
        public override IReadOnlyList<CodeMapping> Mappings => [];

        public override FrameSymbol? Resolve(nuint address) => (ulong)address switch
        {
            0x1fff => new FrameSymbol("N.Type.Open", FileName: "/src/Pool.cs", Line: 3),
            0x2fff => new FrameSymbol("Application.Program.Main", FileName: "/src/Program.cs", Line: 7),
            0x4fff => new FrameSymbol("Open", FileName: "/src/Pool.cs", Line: 12),
            _ => null,
        };
    }
}
