using Pprof.Symbols;

namespace Pprof.Runtime.Tests.Encoding.Protobuf;

/// <summary>Two regions, and the symbols that a test gives it.</summary>
internal sealed class FakeSymbolizer : Symbolizer
{
    public static readonly CodeMapping Program = new(0x10000, 0x20000, 0x400, "/app/program", "abc123");
    public static readonly CodeMapping Library = new(0x50000, 0x60000, 0, "/lib/library.so", "");

    public Dictionary<nuint, FrameSymbol> Symbols { get; } = [];

    public override IReadOnlyList<CodeMapping> Mappings { get; } = [Program, Library];

    public override FrameSymbol? Resolve(nuint address) => Symbols.GetValueOrDefault(address);
}
