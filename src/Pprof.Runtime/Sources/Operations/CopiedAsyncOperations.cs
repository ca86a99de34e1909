using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using Pprof.Sources.Snapshot;
using Pprof.Symbols;
using Pprof.Symbols.CoreClr;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Operations;

/// <summary>The operations that a copy of the process has in its heap. While nobody asks, nothing keeps track of them.</summary>
internal sealed class CopiedAsyncOperations : AsyncOperationSource
{
    public override async Task<string?> ReadAsync(IAsyncOperationSink sink, CancellationToken cancellation)
    {
        if (Snapshots.UnsupportedReason is { } unsupported)
        {
            return unsupported;
        }

        if (Snapshots.TooLarge(ResidentLimit.Value, "AsyncResidentLimit") is { } tooLarge)
        {
            return tooLarge;
        }

        try
        {
            await Snapshots.RunAsync(snapshot => new Reading(snapshot, sink).Run(), cancellation);
            return null;
        }
        catch (SnapshotException e)
        {
            return e.Message;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Threads are there without them.
            return $"looking for them failed: {e.Message}";
        }
    }

    /// <summary>Makes stacks of the operations of a snapshot.</summary>
    private sealed class Reading(HeapSnapshot snapshot, IAsyncOperationSink sink)
    {
        private const int MaxFrames = 256;

        private static readonly Assembly s_own = typeof(Reading).Assembly;

        private readonly Dictionary<ulong, Type?> _types = [];
        private readonly nuint[] _frames = new nuint[MaxFrames];

        public void Run()
        {
            using var lines = new AwaitLines();
            var operations = new SuspendedOperations(snapshot);
            foreach (AsyncOperation operation in operations.All)
            {
                snapshot.Patience.Check();

                // One that runs is on the stack of a thread. What this package awaits is not the application's.
                if (operation.IsSuspended && !operation.HasInner && operation.Shape.Machine.Assembly != s_own)
                {
                    Add(operation, operations, lines);
                }
            }
        }

        private void Add(AsyncOperation innermost, SuspendedOperations operations, AwaitLines lines)
        {
            int count = 0;
            for (AsyncOperation? operation = innermost; operation is not null && count < MaxFrames; operation = operation.Awaiter)
            {
                _frames[count++] = FrameOf(operation, lines);
            }

            sink.Add(_frames.AsSpan(0, count), Describe(innermost, operations));
        }

        private string Describe(AsyncOperation operation, SuspendedOperations operations)
        {
            if (AwaitedObject.OfMethod($"{operation.Shape.Machine.FullName}") is { } ofMethod)
            {
                return ofMethod;
            }

            if (operation.Awaited == 0)
            {
                // It has given its thread away, and awaits nothing.
                return AwaitedObject.Ready;
            }

            if (operations.Find(operation.Awaited) is { } awaited)
            {
                return awaited.IsSuspended ? AwaitedObject.Task : AwaitedObject.Running;
            }

            if (TypeOf(operation.Awaited) is not { } type)
            {
                return AwaitedObject.Task;
            }

            if (typeof(Task).IsAssignableFrom(type) && SuspendedOperations.IsCompleted(snapshot, operation.Awaited))
            {
                return AwaitedObject.Ready;
            }

            string name = AwaitedObject.OfType(type);
            return name is AwaitedObject.All && RemainingOf(type, operation.Awaited) is int remaining and > 0
                ? string.Create(CultureInfo.InvariantCulture, $"{name} of {remaining}")
                : name;
        }

        /// <summary>How many tasks are not completed of those that are awaited together.</summary>
        private int? RemainingOf(Type type, ulong address)
        {
            for (Type? level = type; level is not null && level != typeof(Task); level = level.BaseType)
            {
                foreach (FieldInfo field in ObjectFields.Own(level))
                {
                    if (ObjectFields.TypeOf(field) == typeof(int))
                    {
                        return snapshot.Memory.Read<int>(address + (ulong)(ObjectFields.Header + ObjectFields.OffsetOf(field)));
                    }
                }
            }

            return null;
        }

        private Type? TypeOf(ulong address)
        {
            ulong methodTable = snapshot.Memory.Read<ulong>(address) & ~7UL;
            if (!_types.TryGetValue(methodTable, out Type? type))
            {
                type = methodTable == 0 || snapshot.Dac.IsCollectible(methodTable) ? null : ObjectFields.TypeOf(methodTable);
                _types.Add(methodTable, type);
            }

            return type;
        }

        private static nuint FrameOf(AsyncOperation operation, AwaitLines lines)
        {
            StateMachineShape shape = operation.Shape;
            if (!shape.Frames.TryGetValue(operation.State, out nuint frame))
            {
                frame = NamedFrames.Instance.AddressOf(SymbolOf(shape.Machine, operation.State, lines));
                shape.Frames.Add(operation.State, frame);
            }

            return frame;
        }

        [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A method that the trimmer removed does not run.")]
        [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A method that the trimmer removed does not run.")]
        private static FrameSymbol SymbolOf(Type machine, int state, AwaitLines lines)
        {
            machine = machine.IsGenericType ? machine.GetGenericTypeDefinition() : machine;
            if (machine.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) is not { } method)
            {
                return new FrameSymbol(TypeName.Of(machine.FullName ?? machine.Name));
            }

            var name = MethodName.Of(method);
            List<(string File, int Line)> places = lines.Of(method);
            return state >= 0 && state < places.Count
                ? new FrameSymbol(name.Name, name.SystemName, places[state].File, places[state].Line)
                : new FrameSymbol(name.Name, name.SystemName);
        }
    }
}
