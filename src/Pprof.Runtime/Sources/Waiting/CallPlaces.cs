using System.Runtime.CompilerServices;
using Pprof.Sources.Snapshot.NativeAot;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Waiting;

/// <summary>Where in a NativeAOT program tasks have what they call, and delegates the code of their methods.</summary>
/// <param name="TaskAction">In a task, the delegate that it was made of.</param>
/// <param name="Code">In a delegate, the code of the method that it calls on its target.</param>
/// <param name="StaticCode">In a delegate of a static method, the code of that.</param>
internal sealed record CallPlaces(int TaskAction, int Code, int StaticCode)
{
    private static readonly Lazy<CallPlaces?> s_instance = new(Find, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Those of this program; null where they are not known, as in one without names.</summary>
    public static CallPlaces? Instance => s_instance.Value;

    /// <summary>The name of the method whose code begins at an address; null where there is none.</summary>
    public static string? NameOf(ManagedSymbols symbols, ulong code) =>
        code <= ushort.MaxValue ? null : symbols.Resolve((nuint)code)?.Name;

    private static CallPlaces? Find()
    {
        var symbols = ManagedSymbols.Create();
        Action ofObject = new Known().Run;
        Action ofType = Known.RunStatic;
        var places = new CallPlaces(
            KnownObject.PlaceOf(new Task(ofObject), value => ReferenceEquals(value, ofObject)),
            PlaceOfCode(symbols, ofObject, nameof(Known.Run)),
            PlaceOfCode(symbols, ofType, nameof(Known.RunStatic)));
        return places is { TaskAction: >= 0, Code: >= 0, StaticCode: >= 0 } ? places : null;
    }

    private static int PlaceOfCode(ManagedSymbols symbols, Action called, string method)
    {
        int[] references = ObjectTable.ReferencesOf(ObjectTable.Of(called));
        for (int place = ClassLibrary.Header; place + sizeof(ulong) <= ObjectTable.SizeOf(ObjectTable.Of(called)); place += sizeof(ulong))
        {
            if (!references.Contains(place)
                && NameOf(symbols, Unsafe.As<byte, ulong>(ref ObjectTable.At(called, place))) is { } name
                && name.EndsWith($".{nameof(Known)}.{method}", StringComparison.Ordinal))
            {
                return place;
            }
        }

        return KnownObject.NotFound;
    }

    private sealed class Known
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Run() => GC.KeepAlive(this);

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static void RunStatic() => GC.KeepAlive(s_instance);
    }
}
