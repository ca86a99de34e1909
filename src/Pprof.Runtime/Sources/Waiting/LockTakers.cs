using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
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
    private readonly Dictionary<Module, MetadataReader?> _metadata = [];

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

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A method that is on a stack was not removed.")]
    private bool Takes(MethodBase method)
    {
        if ((method.MethodImplementationFlags & MethodImplAttributes.Synchronized) != 0)
        {
            return kind == typeof(Monitor);
        }

        try
        {
            // A place inside an instruction that looks like a call names one of these methods by no chance.
            ReadOnlySpan<byte> code = method.GetMethodBody()?.GetILAsByteArray();
            MetadataReader? metadata = code.IsEmpty ? null : MetadataOf(method.Module);
            for (int i = 0; metadata is not null && i < code.Length - TokenBytes; i++)
            {
                if (code[i] is Call or CallVirtual && IsTaking(metadata, BinaryPrimitives.ReadUInt32LittleEndian(code[(i + 1)..])))
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or BadImageFormatException)
        {
            // It was made at run time, say.
        }

        return false;
    }

    // Not by reflection, which would load what the call names.
    private bool IsTaking(MetadataReader metadata, uint token)
    {
        int row = (int)(token & 0xffffff);
        var table = (TableIndex)(token >> 24);
        if (row == 0 || table is not (TableIndex.MethodDef or TableIndex.MemberRef) || row > metadata.GetTableRowCount(table))
        {
            return false;
        }

        if (table == TableIndex.MethodDef)
        {
            // The class library's own calls.
            MethodDefinition method = metadata.GetMethodDefinition(MetadataTokens.MethodDefinitionHandle(row));
            TypeDefinition type = metadata.GetTypeDefinition(method.GetDeclaringType());
            return IsKind(metadata, type.Namespace, type.Name) && IsTaking(metadata, method.Name);
        }

        MemberReference member = metadata.GetMemberReference(MetadataTokens.MemberReferenceHandle(row));
        if (member.Parent.Kind != HandleKind.TypeReference)
        {
            return false;
        }

        TypeReference parent = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
        return IsKind(metadata, parent.Namespace, parent.Name) && IsTaking(metadata, member.Name);
    }

    private bool IsKind(MetadataReader metadata, StringHandle space, StringHandle name) =>
        metadata.StringComparer.Equals(name, kind.Name) && metadata.StringComparer.Equals(space, kind.Namespace!);

    private static bool IsTaking(MetadataReader metadata, StringHandle method) =>
        metadata.StringComparer.StartsWith(method, "Enter") || metadata.StringComparer.StartsWith(method, "TryEnter");

    private unsafe MetadataReader? MetadataOf(Module module)
    {
        if (!_metadata.TryGetValue(module, out MetadataReader? reader))
        {
            reader = module.Assembly.TryGetRawMetadata(out byte* blob, out int length) ? new MetadataReader(blob, length) : null;
            _metadata.Add(module, reader);
        }

        return reader;
    }
}
