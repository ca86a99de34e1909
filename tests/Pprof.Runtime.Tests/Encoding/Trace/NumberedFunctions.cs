using Pprof.Symbols;

namespace Pprof.Runtime.Tests.Encoding.Trace;

/// <summary>Every address is a function of its own; of the odd ones the file is known.</summary>
internal sealed class NumberedFunctions : Symbolizer
{
    public override IReadOnlyList<CodeMapping> Mappings => [];

    public override FrameSymbol? Resolve(nuint address) =>
        address % 2 == 0 ? new FrameSymbol($"Shop.F{address:x}") : new FrameSymbol($"Shop.F{address:x}", FileName: "/src/Shop.cs", Line: (int)address);
}
