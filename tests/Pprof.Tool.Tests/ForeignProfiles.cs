using Google.Protobuf;
using Pprof.Tool.Proto;

namespace Pprof.Tool.Tests;

/// <summary>Profiles as writers in other languages make them, with what is peculiar to each.</summary>
internal static class ForeignProfiles
{
    /// <summary>
    /// As pprof-rs writes it (its src/report.rs): no mappings, no addresses, a thread in a label, lines that are inlined, names
    /// with the marks of Rust, no compression.
    /// </summary>
    public static byte[] Rust()
    {
        var strings = new Strings();
        var profile = new Profile
        {
            SampleType = { strings.Type("samples", "count"), strings.Type("cpu", "nanoseconds") },
            PeriodType = strings.Type("cpu", "nanoseconds"),
            Period = 10_101_010,
            DurationNanos = 1_500_000_000,
            TimeNanos = 1_700_000_000_000_000_000,
        };
        string[] names = ["work::main", "core::ops::function::FnOnce::call_once{{vtable.shim}}", "<alloc::vec::Vec<T> as core::ops::Drop>::drop", "work::sorted"];
        for (int i = 0; i < names.Length; i++)
        {
            profile.Function.Add(new Function { Id = (ulong)i + 1, Name = strings.Of(names[i]), SystemName = strings.Of($"_ZN{i}work17h0123456789abcdefE"), Filename = strings.Of("src/main.rs") });
            profile.Location.Add(new Location { Id = (ulong)i + 1, Line = { new Line { FunctionId = (ulong)i + 1, Line_ = 10 * i } } });
        }

        // The allocator's frame was inlined into its caller's.
        profile.Location[2].Line.Add(new Line { FunctionId = 4, Line_ = 41 });
        for (int i = 0; i < 6; i++)
        {
            profile.Sample.Add(new Sample
            {
                LocationId = { (ulong)(1 + (i % 4)), 2, 1 },
                Value = { i + 1, (i + 1) * 10_101_010 },
                Label = { new Label { Key = strings.Of("thread"), Str = strings.Of($"worker-{i % 2}") } },
            });
        }

        profile.StringTable.Add(strings.All);
        return profile.ToByteArray();
    }

    /// <summary>
    /// As interpreters' profilers write it (Google's agent of Python, pypprof): one name for many lines, of modules that are files, no
    /// addresses, ids of 64 bits in no order, the same string several times and strings that nobody needs.
    /// </summary>
    public static byte[] Python()
    {
        string[] strings =
        [
            "", "wall", "nanoseconds", "sample", "count", "handle", "/srv/app/views.py", "handle", "<lambda>", "<module>", "größe", "unused", "/srv/app/views.py", "CPU",
        ];
        var profile = new Profile
        {
            SampleType = { new Proto.ValueType { Type = 3, Unit = 4 }, new Proto.ValueType { Type = 1, Unit = 2 } },
            DefaultSampleType = 1,
            DurationNanos = 10_000_000_000,
            Function =
            {
                new Function { Id = 0xffff_ffff_ffff_fff1, Name = 5, Filename = 6, StartLine = 12 },
                new Function { Id = 77, Name = 7, Filename = 12, StartLine = 30 },
                new Function { Id = 3, Name = 8, Filename = 6 },
                new Function { Id = 9, Name = 9, SystemName = 9, Filename = 6 },
                new Function { Id = 4_000_000_000, Name = 10 },
            },
            Location =
            {
                new Location { Id = 5, Line = { new Line { FunctionId = 0xffff_ffff_ffff_fff1, Line_ = 14 } } },
                new Location { Id = 0x8000_0000_0000_0001, Line = { new Line { FunctionId = 0xffff_ffff_ffff_fff1, Line_ = 15 } } },
                new Location { Id = 1, Line = { new Line { FunctionId = 77, Line_ = 31 } } },
                new Location { Id = 2, Line = { new Line { FunctionId = 3 } } },
                new Location { Id = 3, Line = { new Line { FunctionId = 9, Line_ = 1 } } },
                new Location { Id = 40, Line = { new Line { FunctionId = 4_000_000_000, Line_ = 2 } } },
            },
            Sample =
            {
                new Sample { LocationId = { 5, 3 }, Value = { 1, 10_000_000 } },
                new Sample { LocationId = { 0x8000_0000_0000_0001, 5, 3 }, Value = { 2, 20_000_000 } },
                new Sample { LocationId = { 1, 3 }, Value = { 3, 30_000_000 } },
                new Sample { LocationId = { 2, 40, 3 }, Value = { 4, 45_000_000 } },
            },
            StringTable = { strings },
        };
        return profile.ToByteArray();
    }

    /// <summary>
    /// As profilers of native code write it that leave the names to others: addresses in mappings, no functions at all, locations of
    /// no mapping, one without an address.
    /// </summary>
    public static byte[] Unsymbolized()
    {
        var strings = new Strings();
        var profile = new Profile
        {
            SampleType = { strings.Type("samples", "count") },
            PeriodType = strings.Type("cpu", "nanoseconds"),
            Period = 10_000_000,
            Mapping =
            {
                new Mapping { Id = 1, MemoryStart = 0x400000, MemoryLimit = 0x500000, Filename = strings.Of("/usr/bin/service"), BuildId = strings.Of("0123abcd") },
                new Mapping { Id = 2, MemoryStart = 0x7f0000000000, MemoryLimit = 0x7f0000100000, Filename = strings.Of("/usr/lib/libc.so.6") },
                new Mapping { Id = 3, MemoryStart = 0x7fff00000000, MemoryLimit = 0x7fff00001000, Filename = strings.Of("[vdso]") },
            },
            Location =
            {
                new Location { Id = 1, MappingId = 1, Address = 0x401234 },
                new Location { Id = 2, MappingId = 1, Address = 0x402345 },
                new Location { Id = 3, MappingId = 2, Address = 0x7f0000001000 },
                new Location { Id = 4, MappingId = 3, Address = 0x7fff00000100 },
                new Location { Id = 5, Address = 0x12 },
            },
            Sample =
            {
                new Sample { LocationId = { 1, 2 }, Value = { 10 } },
                new Sample { LocationId = { 3, 1, 2 }, Value = { 20 } },
                new Sample { LocationId = { 4, 2 }, Value = { 30 } },
                new Sample { LocationId = { 5, 2 }, Value = { 5 } },
            },
        };
        profile.StringTable.Add(strings.All);
        return profile.ToByteArray();
    }

    /// <summary>As writers of proto2 send it: each number of a repeated field by itself, fields in any order, and fields that nobody knows.</summary>
    public static byte[] Unpacked()
    {
        var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            Message(output, 2, sample =>
            {
                sample.WriteTag(1, WireFormat.WireType.Varint);
                sample.WriteUInt64(2);
                sample.WriteTag(2, WireFormat.WireType.Varint);
                sample.WriteInt64(7);
                sample.WriteTag(1, WireFormat.WireType.Varint);
                sample.WriteUInt64(1);
            });
            foreach (ulong id in new ulong[] { 1, 2 })
            {
                Message(output, 4, location =>
                {
                    location.WriteTag(1, WireFormat.WireType.Varint);
                    location.WriteUInt64(id);
                    Message(location, 4, line =>
                    {
                        line.WriteTag(1, WireFormat.WireType.Varint);
                        line.WriteUInt64(id);
                    });
                });
                Message(output, 5, function =>
                {
                    function.WriteTag(1, WireFormat.WireType.Varint);
                    function.WriteUInt64(id);
                    function.WriteTag(2, WireFormat.WireType.Varint);
                    function.WriteUInt64(2 + id);
                });
            }

            Message(output, 1, type =>
            {
                type.WriteTag(1, WireFormat.WireType.Varint);
                type.WriteUInt64(1);
                type.WriteTag(2, WireFormat.WireType.Varint);
                type.WriteUInt64(2);
            });
            foreach (string text in new[] { "", "events", "count", "outer", "inner" })
            {
                output.WriteTag(6, WireFormat.WireType.LengthDelimited);
                output.WriteString(text);
            }

            output.WriteTag(1000, WireFormat.WireType.LengthDelimited);
            output.WriteString("of a later version");
        }

        return bytes.ToArray();
    }

    private static void Message(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        var bytes = new MemoryStream();
        using (var part = new CodedOutputStream(bytes, leaveOpen: true))
            write(part);

        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes.ToArray()));
    }

    /// <summary>A table of strings, each once.</summary>
    private sealed class Strings
    {
        public List<string> All { get; } = [""];

        public long Of(string text)
        {
            if (!All.Contains(text))
                All.Add(text);

            return All.IndexOf(text);
        }

        public Proto.ValueType Type(string type, string unit) => new() { Type = Of(type), Unit = Of(unit) };
    }
}
