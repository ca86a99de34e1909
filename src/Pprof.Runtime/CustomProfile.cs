using System.ComponentModel;
using System.Runtime.CompilerServices;
using Pprof.Profiles;
using Pprof.Sources.Threads;

namespace Pprof;

/// <summary>
/// A profile of the application's own: a set of live values, each with the stack that added it, such as open
/// connections by where they were opened. Declared with <see cref="PprofProfileAttribute"/>. Safe for concurrent use.
/// </summary>
public sealed class CustomProfile
{
    private const int MaxDepth = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<object, StackTable.CountedStack> _values = new(ValueComparer.Instance);
    private readonly StackTable _stacks = new();

    /// <summary>Called by generated code.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public CustomProfile(string name) => Name = name;

    /// <summary>The name in the path.</summary>
    public string Name { get; }

    /// <summary>The number of values in the profile.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _values.Count;
            }
        }
    }

    /// <summary>
    /// Adds <paramref name="value"/> with the current stack, of which the 32 innermost frames are kept. The profile
    /// refers to the value until it is removed. Strings and structs are the same value when they are equal, other
    /// objects only when they are the same object. Takes some ten microseconds: meant for things that are opened and
    /// closed, not for inner loops. A struct that does not override <see cref="object.GetHashCode"/> may be hashed by its
    /// first field alone: many that differ only in the others make every call as slow as there are such values.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="skip">The number of callers to leave out: 0 begins the stack in the method that calls Add.</param>
    /// <exception cref="ArgumentException">The profile has this value already.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(object value, int skip = 0)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        Span<nuint> frames = stackalloc nuint[MaxDepth + 1];
        int depth = CallerStack.Capture(skip + 1, frames);
        if (depth == 0)
        {
            frames[0] = (nuint)PseudoFrame.UnknownStack;
            depth = 1;
        }

        lock (_lock)
        {
            if (_values.ContainsKey(value))
            {
                throw new ArgumentException($"The profile {Name} has this value already.", nameof(value));
            }

            _values.Add(value, _stacks.Add(frames[..depth]));
        }
    }

    /// <summary>Removes <paramref name="value"/>; false where the profile does not have it.</summary>
    public bool Remove(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        lock (_lock)
        {
            if (!_values.Remove(value, out StackTable.CountedStack? stack))
            {
                return false;
            }

            _stacks.Remove(stack);
            GiveBack();
            return true;
        }
    }

    /// <summary>The stacks of all values, each with the number of values that it added.</summary>
    internal void CopyTo(SampleTable samples)
    {
        lock (_lock)
        {
            _stacks.CopyTo(samples);
        }
    }

    // A dictionary keeps the room of its largest day. Giving back at an eighth costs each removal a constant share.
    private void GiveBack()
    {
        if (_values.Capacity > 1024 && _values.Count < _values.Capacity / 8)
        {
            _values.TrimExcess(_values.Count * 2);
            _stacks.TrimExcess();
        }
    }

    /// <summary>Compares as Go's maps do: pointers by identity, everything else by value.</summary>
    private sealed class ValueComparer : IEqualityComparer<object>
    {
        public static readonly ValueComparer Instance = new();

        public new bool Equals(object? x, object? y) =>
            ReferenceEquals(x, y) || (IsValue(x!) && IsValue(y!) && x!.Equals(y));

        public int GetHashCode(object value) => IsValue(value) ? value.GetHashCode() : RuntimeHelpers.GetHashCode(value);

        private static bool IsValue(object value) => value is string or ValueType;
    }
}
