using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Pprof.Sources.Operations;

/// <summary>
/// The files and lines at which methods are suspended, by what compilers write into a portable PDB for debuggers that step
/// over an await. Not safe for concurrent use.
/// </summary>
internal sealed class AwaitLines : IDisposable
{
    // Of dotnet/runtime, docs/design/specs/PortablePdb-Metadata.md: Async Method Stepping Information.
    private static readonly Guid s_stepping = new("54fd2ac5-e925-401a-9c2a-f94f171072f8");

    private readonly Dictionary<Module, MetadataReaderProvider?> _pdbs = [];

    /// <summary>The places of the awaits of a method, in their order; none where they are not known.</summary>
    public List<(string File, int Line)> Of(MethodInfo method)
    {
        List<(string File, int Line)> lines = [];
        try
        {
            if (PdbOf(method.Module) is { } pdb && MetadataTokens.EntityHandle(method.MetadataToken) is { Kind: HandleKind.MethodDefinition } handle)
            {
                Read(pdb.GetMetadataReader(), (MethodDefinitionHandle)handle, lines);
            }
        }
        catch (BadImageFormatException)
        {
            // Not the PDB of this assembly.
            lines.Clear();
        }

        return lines;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MetadataReaderProvider? pdb in _pdbs.Values)
        {
            pdb?.Dispose();
        }
    }

    private static void Read(MetadataReader reader, MethodDefinitionHandle method, List<(string File, int Line)> lines)
    {
        List<SequencePoint> points = [.. reader.GetMethodDebugInformation(method).GetSequencePoints().Where(static point => !point.IsHidden)];
        foreach (CustomDebugInformationHandle handle in reader.GetCustomDebugInformation(method))
        {
            CustomDebugInformation information = reader.GetCustomDebugInformation(handle);
            if (reader.GetGuid(information.Kind) != s_stepping)
            {
                continue;
            }

            BlobReader blob = reader.GetBlobReader(information.Value);
            blob.ReadUInt32();
            while (blob.RemainingBytes > 0)
            {
                uint suspends = blob.ReadUInt32();
                blob.ReadUInt32();
                blob.ReadCompressedInteger();
                int index = points.FindLastIndex(point => point.Offset <= suspends);
                lines.Add(index < 0 ? ("", 0) : (reader.GetString(reader.GetDocument(points[index].Document).Name), points[index].StartLine));
            }
        }
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "An assembly without a place has no lines here.")]
    private MetadataReaderProvider? PdbOf(Module module)
    {
        if (!_pdbs.TryGetValue(module, out MetadataReaderProvider? pdb))
        {
            pdb = module.Assembly.Location is { Length: > 0 } path ? Open(path) : null;
            _pdbs.Add(module, pdb);
        }

        return pdb;
    }

    private static MetadataReaderProvider? Open(string path)
    {
        try
        {
            using var file = new PEReader(File.OpenRead(path));
            return file.TryOpenAssociatedPortablePdb(path, static pdb => File.Exists(pdb) ? File.OpenRead(pdb) : null, out MetadataReaderProvider? provider, out _)
                ? provider
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            return null;
        }
    }
}
