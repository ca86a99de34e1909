using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Pprof.Symbols.CoreClr;

namespace Pprof.Sources.Waiting;

/// <summary>
/// In which of its methods a thread has taken a lock that it holds. A method that takes one says so in its code, and needs the
/// object again to leave it, so a reference to it is in its frame.
/// </summary>
/// <param name="threads">The threads.</param>
/// <param name="kind">The type whose methods take such locks: that of <see cref="Monitor"/> or of <see cref="Lock"/>.</param>
internal sealed class LockTakers(CopiedThreads threads, Type kind)
{
    // call and callvirt of ECMA-335, III: the opcode and a token.
    private const byte Call = 0x28;
    private const byte CallVirtual = 0x6f;
    private const int TokenBytes = 4;

    private readonly Dictionary<nuint, bool> _takes = [];

    /// <summary>
    /// The name of the method; null where it is not certain. Where more than one frame that takes locks has the object, one
    /// has been given it by the other. Where one further out has not, that one may have taken it all the same: a compiler
    /// that knows the object keeps it nowhere, and what an earlier call left behind stands in the frames further in.
    /// </summary>
    public string? Of(int? systemId, ulong held)
    {
        if (threads.Waiting.Find(thread => thread.SystemId == systemId) is not { } holder)
        {
            return null;
        }

        List<int> takers = [.. Enumerable.Range(0, holder.Frames.Count).Where(frame => Takes(holder.Frames[frame]))];
        List<int> having = takers.FindAll(frame => holder.WordsOf(frame).Contains((nuint)held));
        return having.Count == 1 && having[0] == takers[^1] && holder.Methods[having[0]] is { Length: > 0 } name ? name : null;
    }

    private bool Takes(nuint address)
    {
        if (!_takes.TryGetValue(address, out bool takes))
        {
            takes = NativeMethodLookup.Find(address) is { } method && Takes(method);
            _takes.Add(address, takes);
        }

        return takes;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A method that is on a stack was not removed, and nor was what it calls.")]
    private bool Takes(MethodBase method)
    {
        if ((method.MethodImplementationFlags & MethodImplAttributes.Synchronized) != 0)
        {
            return kind == typeof(Monitor);
        }

        try
        {
            // A place in an instruction that looks like a call names this method by no chance.
            ReadOnlySpan<byte> code = method.GetMethodBody()?.GetILAsByteArray();
            for (int i = 0; i < code.Length - TokenBytes; i++)
            {
                if (code[i] is Call or CallVirtual && IsTaking(method.Module, BinaryPrimitives.ReadInt32LittleEndian(code[(i + 1)..])))
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or BadImageFormatException or IOException)
        {
            // It was made at run time, say.
        }

        return false;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A method that is on a stack was not removed, and nor was what it calls.")]
    private bool IsTaking(Module module, int token)
    {
        // Methods and references to methods: the class library itself has the first.
        if ((token >>> 24) is not (0x06 or 0x0a))
        {
            return false;
        }

        try
        {
            return module.ResolveMember(token) is MethodInfo method && method.DeclaringType == kind
                && (method.Name.StartsWith("Enter", StringComparison.Ordinal) || method.Name.StartsWith("TryEnter", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is ArgumentException or TypeLoadException or MissingMemberException or IOException or BadImageFormatException or NotSupportedException)
        {
            // No token of a method, or one that depends on what a generic type is made of.
            return false;
        }
    }
}
