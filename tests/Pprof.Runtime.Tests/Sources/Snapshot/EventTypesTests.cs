using System.Buffers.Binary;
using System.Diagnostics.Tracing;
using System.Reflection;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Snapshot.Events;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

/// <summary>What one look at the heap leaves to the next of the types that it was told of.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class EventTypesTests : IDisposable
{
    private const int Many = 20_000;

    public void Dispose() => new EventTypes().Keep([], areWanted: false);

    [Fact]
    public void WhatMayNotBeToldAgainIsKnownToTheNextLook()
    {
        EventTypes first = Told(1, 100, argument: null);
        first.Keep([], areWanted: true);
        EventTypes second = Told(200, 1, argument: null);
        second.Keep([], areWanted: true);
        var third = new EventTypes();

        Assert.All<ulong>([1, 50, 100, 200], type => Assert.Equal($"T{type}", third.NameOf(type)));
        Assert.False(third.Knows(101));
        Assert.Equal("[unknown type]", third.NameOf(101));
    }

    [Fact]
    public void WhatIsToldAgainIsNotKept()
    {
        Told(1, 100, argument: null).Keep([1], areWanted: true);
        Told(200, 1, argument: null).Keep([1, 200], areWanted: false);

        Assert.Equal(0, EventTypes.Kept);
        Assert.False(new EventTypes().Knows(1));
    }

    /// <summary>A service that loads types and unloads them has ever new ones.</summary>
    [Fact]
    public void OfMoreTypesThanThereIsRoomForThoseAreKeptThatThereAreObjectsOf()
    {
        for (int look = 0; look < 20; look++)
        {
            EventTypes types = Told(1 + (ulong)(look * Many), Many, argument: 7);
            types.Keep([7, 3, (ulong)(look * Many) + 9], areWanted: true);

            Assert.InRange(EventTypes.Kept, 2, 4);
        }

        // An argument is kept with what it is an argument of.
        var last = new EventTypes();
        Assert.Equal("T7", last.NameOf(7));
        Assert.Equal("T3", last.NameOf(3));
        Assert.True(last.Knows((19 * Many) + 9));
        Assert.False(last.Knows(5));
    }

    /// <summary>Of a look that was given up not all objects were told, and the runtime may not tell their types again.</summary>
    [Fact]
    public void ALookThatWasGivenUpLeavesAllTypes()
    {
        Told(1, Many, argument: null).Keep(seen: null, areWanted: true);

        Assert.Equal(Many, EventTypes.Kept);
    }

    [Fact]
    public void AModuleInWhosePlaceAnotherIsSinceNamesNothing()
    {
        IReadOnlyDictionary<ulong, WeakReference<Module>> now = LoadedModules.Note();
        ulong library = now.Single(static known => known.Value.TryGetTarget(out Module? module) && module == typeof(string).Module).Key;
        var others = new Dictionary<ulong, WeakReference<Module>> { [library] = new(typeof(EventTypesTests).Module) };

        Assert.Equal("System.String", new LoadedModules(now).DefinitionOf(library, typeof(string).MetadataToken, ""));
        Assert.Null(new LoadedModules(others).DefinitionOf(library, typeof(string).MetadataToken, ""));
    }

    private static EventTypes Told(ulong first, int count, ulong? argument)
    {
        var types = new EventTypes();
        for (ulong type = first; type < first + (ulong)count; type++)
        {
            types.Add(new RuntimeEvent
            {
                ProviderId = RuntimeProvider.Id,
                Id = RuntimeProvider.BulkTypes,
                Keywords = RuntimeProvider.TypeKeyword,
                Level = EventLevel.Informational,
                SystemId = 1,
                Timestamp = 0,
                Payload = Payload(type, argument),
                Frames = [],
            });
        }

        return types;
    }

    // One type of a module that is not there, so that its name is what was told.
    private static byte[] Payload(ulong type, ulong? argument)
    {
        byte[] name = System.Text.Encoding.Unicode.GetBytes($"T{type}\0");
        byte[] payload = new byte[6 + 25 + name.Length + 4 + (argument is null ? 0 : 8)];
        BinaryPrimitives.WriteInt32LittleEndian(payload, 1);
        Span<byte> row = payload.AsSpan(6);
        BinaryPrimitives.WriteUInt64LittleEndian(row, type);
        BinaryPrimitives.WriteUInt64LittleEndian(row[8..], 1);
        name.CopyTo(row[25..]);
        BinaryPrimitives.WriteInt32LittleEndian(row[(25 + name.Length)..], argument is null ? 0 : 1);
        if (argument is { } identity)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(row[(29 + name.Length)..], identity);
        }

        return payload;
    }
}
