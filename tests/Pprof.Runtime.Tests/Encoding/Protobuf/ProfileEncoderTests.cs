using System.IO.Compression;
using Pprof.Encoding.Protobuf;
using Pprof.Profiles;
using Pprof.Sources.Threads;
using Pprof.Symbols;
using Pprof.Symbols.Managed;
using Pprof.Testing.Scraping;
using Xunit;
using Proto = Pprof.Tool.Proto;

namespace Pprof.Runtime.Tests.Encoding.Protobuf;

/// <summary>What the encoder writes by hand, read by the protobuf library.</summary>
public sealed class ProfileEncoderTests
{
    private readonly FakeSymbolizer _symbolizer = new();
    private ProfileBudget _budget;

    private readonly Profile _profile = new()
    {
        Shape = new ProfileShape
        {
            SampleTypes = [new("samples", "count"), new("cpu", "nanoseconds")],
            PeriodType = new("cpu", "nanoseconds"),
            DefaultSampleType = "samples",
        },
    };

    [Fact]
    public void TheHeaderSaysWhatWasMeasuredAndWhen()
    {
        _profile.Period = 10_000_000;
        _profile.TimeNanos = 1_700_000_000_123_456_789;
        _profile.DurationNanos = 5_000_000_000;
        _profile.Comments.AddRange(["first", "second"]);

        Proto.Profile message = Decode();

        Assert.Equal(["samples", "cpu"], message.SampleType.Select(type => message.StringTable[(int)type.Type]));
        Assert.Equal(["count", "nanoseconds"], message.SampleType.Select(type => message.StringTable[(int)type.Unit]));
        Assert.Equal("cpu", message.StringTable[(int)message.PeriodType.Type]);
        Assert.Equal("nanoseconds", message.StringTable[(int)message.PeriodType.Unit]);
        Assert.Equal(10_000_000, message.Period);
        Assert.Equal(1_700_000_000_123_456_789, message.TimeNanos);
        Assert.Equal(5_000_000_000, message.DurationNanos);
        Assert.Equal("samples", message.StringTable[(int)message.DefaultSampleType]);
        Assert.Equal(["first", "second"], message.Comment.Select(index => message.StringTable[(int)index]));
    }

    [Fact]
    public void AnEmptyProfileHasTheEmptyStringAndTheMainProgram()
    {
        Proto.Profile message = Decode();

        Assert.Equal("", message.StringTable[0]);
        Proto.Mapping mapping = Assert.Single(message.Mapping);
        Assert.Equal((1UL, 0x10000UL, 0x20000UL, 0x400UL), (mapping.Id, mapping.MemoryStart, mapping.MemoryLimit, mapping.FileOffset));
        Assert.Equal("/app/program", message.StringTable[(int)mapping.Filename]);
        Assert.Equal("abc123", message.StringTable[(int)mapping.BuildId]);
        Assert.Empty(message.Sample);
    }

    [Fact]
    public void ASampleHasItsStackItsValuesAndItsLabels()
    {
        LabelSet labels = new([new Label("bytes", null, 1024, "bytes"), new Label("tenant", "blue")]);
        _profile.Samples.Add([0x11000, 0x12000], labels, 3, -7);

        Proto.Profile message = Decode();

        Proto.Sample sample = Assert.Single(message.Sample);
        Assert.Equal([0x11000UL, 0x12000UL], sample.LocationId.Select(id => message.Location.Single(location => location.Id == id).Address));
        Assert.Equal([3L, -7L], sample.Value);
        Assert.Equal(["bytes", "tenant"], sample.Label.Select(label => message.StringTable[(int)label.Key]));
        Assert.Equal((1024, "bytes"), (sample.Label[0].Num, message.StringTable[(int)sample.Label[0].NumUnit]));
        Assert.Equal("blue", message.StringTable[(int)sample.Label[1].Str]);
    }

    /// <summary>What a stack has in common with the one before is not looked up again.</summary>
    [Fact]
    public void EachStackIsWholeWhateverTheOneBeforeItWas()
    {
        var random = new Random(13);
        List<nuint[]> stacks = [[0x11000], [0x12000, 0x11000], [0x13000, 0x12000, 0x11000], [0x12000, 0x11000, 0x11000], [.. Enumerable.Range(0, 700).Select(static i => (nuint)(0x10000 + i))]];
        for (int i = 0; i < 300; i++)
        {
            nuint[] before = stacks[^1];
            nuint[] leaves = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => (nuint)random.Next(0x10000, 0x18000))];
            stacks.Add([.. leaves, .. before[random.Next(before.Length)..]]);
        }

        stacks.ForEach(stack => _profile.Samples.Add(stack, LabelSet.Empty, 1, 1));

        Proto.Profile message = Decode();

        Dictionary<ulong, ulong> addresses = message.Location.ToDictionary(static location => location.Id, static location => location.Address);
        Assert.Equal(_profile.Samples.Count, message.Sample.Count);
        for (int i = 0; i < message.Sample.Count; i++)
        {
            Assert.Equal(_profile.Samples.Stack(i).ToArray().Select(static frame => (ulong)frame), message.Sample[i].LocationId.Select(id => addresses[id]));
        }
    }

    /// <summary>Engines ask every ten seconds: what a message costs follows from its size, not from what is made on the way.</summary>
    [Fact]
    public void AMessageOfManySamplesTakesLittleMemory()
    {
        LabelSet[] labels = [.. Enumerable.Range(0, 10).Select(static i => new LabelSet([new Label("bytes", null, i, "bytes")]))];
        for (int i = 0; i < 5_000; i++)
        {
            nuint[] stack = [.. Enumerable.Range(0, 30).Select(frame => (nuint)(0x10000 + (frame * 64) + ((i >> Math.Min(frame, 14)) & 1)))];
            _profile.Samples.Add(stack, labels[i % 10], i, i * 1000);
        }

        ProfileMessage.Of(_profile, _symbolizer).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (var message = ProfileMessage.Of(_profile, _symbolizer))
            Assert.InRange(message.Bytes.Length, 200_000, 1_000_000);

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // What holds two numbers together for each sample, and tables of its names. Its own bytes are the pool's.
        Assert.InRange(allocated, 0, (_profile.Samples.Count * 64) + 100_000);
    }

    [Fact]
    public void ZerosAmongTheValuesAreWritten()
    {
        _profile.Samples.Add([0x11000], LabelSet.Empty, 0, 5);

        Assert.Equal([0L, 5L], Assert.Single(Decode().Sample).Value);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(int.MaxValue)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void ValuesOfEverySizeSurvive(long value)
    {
        _profile.Samples.Add([0x11000], LabelSet.Empty, value, 1);

        Assert.Equal([value, 1L], Assert.Single(Decode().Sample).Value);
    }

    [Fact]
    public void LocationsHaveFunctionsAndLines()
    {
        _symbolizer.Symbols[0x11000] = new FrameSymbol("App.Größe<T>", "App.Größe`1", "/src/App.cs", Line: 12, StartLine: 10);
        _profile.Samples.Add([0x11000], LabelSet.Empty, 1, 1);

        Proto.Profile message = Decode();

        Proto.Line line = Assert.Single(Assert.Single(message.Location).Line);
        Proto.Function function = Assert.Single(message.Function);
        Assert.Equal((function.Id, 12), (line.FunctionId, line.Line_));
        Assert.Equal("App.Größe<T>", message.StringTable[(int)function.Name]);
        Assert.Equal("App.Größe`1", message.StringTable[(int)function.SystemName]);
        Assert.Equal("/src/App.cs", message.StringTable[(int)function.Filename]);
        Assert.Equal(10, function.StartLine);
    }

    [Fact]
    public void TwoLinesOfAFunctionAreOneFunction()
    {
        _symbolizer.Symbols[0x11000] = new FrameSymbol("App.Run", FileName: "/src/App.cs", Line: 12);
        _symbolizer.Symbols[0x11010] = new FrameSymbol("App.Run", FileName: "/src/App.cs", Line: 13);
        _profile.Samples.Add([0x11000, 0x11010], LabelSet.Empty, 1, 1);

        Proto.Profile message = Decode();

        Assert.Equal(2, message.Location.Count);
        Assert.Single(message.Function);
    }

    [Fact]
    public void ASystemNameThatIsTheNameIsLeftOut()
    {
        _symbolizer.Symbols[0x11000] = new FrameSymbol("List<T>.Add", "List<T>.Add");
        _profile.Samples.Add([0x11000], LabelSet.Empty, 1, 1);

        Assert.Equal(0, Assert.Single(Decode().Function).SystemName);
    }

    [Fact]
    public void AMappingHasNamesOnlyWhereAllOfItsLocationsHave()
    {
        _symbolizer.Symbols[0x11000] = new FrameSymbol("App.Run", FileName: "/src/App.cs", Line: 12);
        _symbolizer.Symbols[0x51000] = new FrameSymbol("malloc");
        _profile.Samples.Add([0x11000, 0x51000, 0x52000], LabelSet.Empty, 1, 1);

        Proto.Profile message = Decode();

        Proto.Mapping program = message.Mapping.Single(mapping => mapping.MemoryStart == 0x10000);
        Proto.Mapping library = message.Mapping.Single(mapping => mapping.MemoryStart == 0x50000);
        Assert.True(program is { Id: 1, HasFunctions: true, HasFilenames: true, HasLineNumbers: true });
        Assert.True(library is { HasFunctions: false, HasFilenames: false, HasLineNumbers: false });
        Assert.Equal(library.Id, message.Location.Single(location => location.Address == 0x52000).MappingId);
    }

    [Fact]
    public void FramesThatStandForSomethingHaveAddressesOfTheirOwnInAMappingOfTheirOwn()
    {
        nuint[] frames = [.. Enum.GetValues<PseudoFrame>().Select(static frame => (nuint)(int)frame)];
        foreach (nuint frame in frames)
        {
            _symbolizer.Symbols[frame] = new FrameSymbol($"[{(PseudoFrame)frame}]");
            _profile.Samples.Add([frame, 0x11000], LabelSet.Empty, 1, 1);
        }

        Proto.Profile message = Decode();

        Proto.Location[] locations = [.. message.Location.Where(static location => location.Line.Count > 0)];
        Assert.Equal(frames.Length, locations.Select(static location => location.Address).Where(static address => address != 0).Distinct().Count());
        Proto.Mapping mapping = message.Mapping.Single(mapping => mapping.Id == Assert.Single(locations.Select(static location => location.MappingId).Distinct()));
        Assert.NotEqual(1UL, mapping.Id);
        Assert.True(mapping.HasFunctions);
        Assert.StartsWith("[", message.StringTable[(int)mapping.Filename], StringComparison.Ordinal);
        Assert.All(locations, location => Assert.InRange(location.Address, mapping.MemoryStart, mapping.MemoryLimit - 1));
    }

    [Fact]
    public void TypesAndCallSitesLieInMappingsOfTheirOwn()
    {
        nuint type = TypeFrames.Instance.AddressOf(typeof(ProfileEncoderTests).FullName!);
        nuint[] callSite = new nuint[2];
        CallerStack.Capture(0, callSite);
        _symbolizer.Symbols[type] = new FrameSymbol("App.Order");
        _symbolizer.Symbols[callSite[0]] = new FrameSymbol("App.Place");
        _profile.Samples.Add([type, callSite[0], 0x51000], LabelSet.Empty, 1, 1);

        Proto.Profile message = Decode();

        (string, string)[] expected = [("App.Order", "[synthetic]"), ("App.Place", "/app/program")];
        IEnumerable<Proto.Location> locations = message.Sample[0].LocationId.Select(id => message.Location.Single(location => location.Id == id));
        Assert.Equal(expected, locations.Where(static location => location.Line.Count > 0).Select(location => (
            message.StringTable[(int)message.Function.Single(function => function.Id == location.Line[0].FunctionId).Name],
            message.StringTable[(int)message.Mapping.Single(mapping => mapping.Id == location.MappingId).Filename])));
        Assert.All(message.Location, location =>
        {
            Proto.Mapping mapping = message.Mapping.Single(mapping => mapping.Id == location.MappingId);
            Assert.InRange(location.Address, mapping.MemoryStart, mapping.MemoryLimit - 1);
        });
    }

    [Fact]
    public void ManySamplesAreWrittenWhole()
    {
        for (int i = 0; i < 5_000; i++)
        {
            nuint address = (nuint)(0x10000 + i);
            _symbolizer.Symbols[address] = new FrameSymbol($"App.Method{i}");
            _profile.Samples.Add([address, 0x1ffff], LabelSet.Empty, i, i);
        }

        Proto.Profile message = Decode();

        Assert.Equal(5_000, message.Sample.Count);
        Assert.Equal(5_001, message.Location.Count);
        Assert.Equal(5_000 * 4_999 / 2, message.Sample.Sum(sample => sample.Value[0]));
    }

    [Theory]
    [InlineData(1_000, 0)]
    [InlineData(0, 40_000)]
    [InlineData(1_000, 40_000)]
    [InlineData(0, 1)]
    public void WhatIsLargerThanTheBudgetIsMadeSmallerAndKeepsItsTotals(int samples, int bytes)
    {
        for (int i = 1; i <= 5_000; i++)
        {
            _symbolizer.Symbols[(nuint)(0x10000 + i)] = new FrameSymbol($"App.Method{i}");
            _profile.Samples.Add([(nuint)(0x10000 + i), 0x1ffff], LabelSet.Empty, 1, i);
        }

        _budget = new ProfileBudget(samples, bytes);

        Proto.Profile message = Decode();

        Assert.True(_budget.AllowsSamples(message.Sample.Count), $"{message.Sample.Count} samples");
        Assert.True(_budget.AllowsBytes(message.CalculateSize()) || message.Sample.Count == 1, $"{message.CalculateSize()} bytes");
        Assert.Equal(5_000, message.Sample.Sum(static sample => sample.Value[0]));
        Assert.Equal(5_000L * 5_001 / 2, message.Sample.Sum(static sample => sample.Value[1]));
        Assert.Contains(message.Comment, comment => message.StringTable[(int)comment].Contains("smallest samples", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatIsWithinTheBudgetStaysAsItIs()
    {
        _profile.Samples.Add([0x11000], LabelSet.Empty, 1, 1);
        _profile.Samples.Add([0x12000], LabelSet.Empty, 1, 1);
        _budget = new ProfileBudget(2, 4 << 20);

        Proto.Profile message = Decode();

        Assert.Equal(2, message.Sample.Count);
        Assert.Empty(message.Comment);
    }

    /// <summary>Scrapes of a process whose profile grows out of its budget: what an engine has seen it sees again, and no less of it.</summary>
    [Theory]
    [InlineData(1_000, 0)]
    [InlineData(0, 60_000)]
    [InlineData(1_000, 60_000)]
    public void WhatWasServedIsServedAgainWhateverComesToIt(int samples, int bytes)
    {
        _budget = new ProfileBudget(samples, bytes);
        var served = new ServedSamples();
        var growing = new SampleTable(2);
        Proto.Profile? before = null;
        for (int scrape = 1; scrape <= 12; scrape++)
        {
            // What is new is larger than what is known, as little as it pleases the engine.
            for (int i = 0; i < 200; i++)
            {
                nuint leaf = (nuint)(0x10000 + (scrape * 200) + i);
                _symbolizer.Symbols[leaf] = new FrameSymbol($"App.Method{leaf}");
                growing.Add([leaf, (nuint)(0x1f000 + (i % 64)), 0x1ff00, 0x1ff01, 0x1ff02], new LabelSet([new Label("tenant", $"{i % 7}")]), 1, scrape * 1_000);
            }

            for (int i = 0; i < growing.Count; i += 3)
            {
                growing.Add(i, 1, 1);
            }

            var profile = new Profile { Shape = Shapes.Block };
            profile.Samples.Add(growing);

            Proto.Profile after = Decode(ProfileEncoder.Encode(profile, _symbolizer, _budget, served));

            Assert.True(_budget.AllowsSamples(after.Sample.Count) && _budget.AllowsBytes(after.CalculateSize()), $"scrape {scrape}: {after.Sample.Count} samples, {after.CalculateSize()} bytes");
            Assert.Equal(Enumerable.Range(0, growing.Count).Sum(i => growing.Values(i)[1]), after.Sample.Sum(static sample => sample.Value[1]));
            if (before is not null)
            {
                string[] shrunk = [.. EngineRules.Shrunk(before, after)];
                Assert.True(shrunk.Length == 0, $"scrape {scrape}: {shrunk.Length} samples, such as {shrunk.FirstOrDefault()}");
            }

            before = after;
        }

        Assert.True(before!.Sample.Count < growing.Count);
        Assert.Contains(before.Comment, comment => before.StringTable[(int)comment].Contains("smallest samples", StringComparison.Ordinal));
    }

    /// <summary>What is not there any more is not remembered either: of operations in flight others come all the time.</summary>
    [Fact]
    public void WhatIsGoneIsForgotten()
    {
        var served = new ServedSamples();
        _budget = new ProfileBudget(100, 0);
        for (int scrape = 0; scrape < 3; scrape++)
        {
            var profile = new Profile { Shape = Shapes.Block };
            for (int i = 0; i < 150; i++)
            {
                profile.Samples.Add([(nuint)(0x10000 + (scrape * 150) + i)], LabelSet.Empty, 1, i);
            }

            Proto.Profile message = Decode(ProfileEncoder.Encode(profile, _symbolizer, _budget, served));

            Assert.Equal(94, message.Sample.Count);
            Assert.Equal(149, message.Sample.Max(sample => sample.LocationId.Count == 1 && sample.Value[0] == 1 ? sample.Value[1] : 0));
        }
    }

    private Proto.Profile Decode() => Decode(ProfileEncoder.Encode(_profile, _symbolizer, _budget));

    private static Proto.Profile Decode(byte[] encoded)
    {
        using var unzipped = new GZipStream(new MemoryStream(encoded), CompressionMode.Decompress);
        return Proto.Profile.Parser.ParseFrom(unzipped);
    }
}
