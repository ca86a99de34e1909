using System.Reflection;
using Pprof.Process;
using Pprof.Symbols.Elf;

namespace Pprof.Symbols;

/// <summary>The executable regions of the process as the mappings of a profile.</summary>
internal static class MappingList
{
    // Wider gaps are not those of one heap of code.
    private const nuint MaxGap = 64 << 20;

    /// <summary>
    /// The mappings, the main program first: of a program that was compiled ahead of time its own code, otherwise the
    /// code that was compiled at run time, under the name of the application's assembly. The tool takes the name of the
    /// program from there.
    /// </summary>
    public static IReadOnlyList<CodeMapping> Of(ModuleTable modules)
    {
        string program = ProgramPath();
        var compiled = new List<CodeMapping>();
        var main = new List<CodeMapping>();
        var others = new List<CodeMapping>();
        bool followsCompiled = false;
        foreach (ProcessMapRegion region in modules.Map.Regions)
        {
            bool isCompiled = IsCompiledCode(region);
            if (!region.IsExecutable)
            {
                // Compiled code lies in many small regions with data between them; what lies between two of them and
                // has no file belongs to the same heap.
                followsCompiled &= isCompiled || region.Path.Length == 0;
            }
            else if (isCompiled)
            {
                if (ManagedRuntime.IsCoreClr)
                {
                    Add(compiled, region, program, followsCompiled);
                    followsCompiled = true;
                }
            }
            else
            {
                ElfModule? module = modules.ModuleOf(region.Start);
                var mapping = new CodeMapping(region.Start, region.Limit, region.Offset, region.Path, module?.BuildId ?? "");
                (region.Path == Environment.ProcessPath ? main : others).Add(mapping);
                followsCompiled = false;
            }
        }

        // The largest, so that the first mapping is the same kind of thing in every profile.
        compiled.Sort(static (one, other) => (other.Limit - other.Start, one.Start).CompareTo((one.Limit - one.Start, other.Start)));
        List<CodeMapping> all = [.. compiled, .. main, .. others];
        return all.Count > 0 ? all : [new CodeMapping(0, nuint.MaxValue, 0, program, "")];
    }

    /// <summary>
    /// Whether <paramref name="region"/> is memory for code that is made at run time: without a file, or with the file
    /// in memory through which CoreCLR maps it twice, to write and to execute.
    /// </summary>
    public static bool IsCompiledCode(ProcessMapRegion region) =>
        region.Path.Length == 0 || region.Path.StartsWith("/memfd:doublemapper", StringComparison.Ordinal);

    private static void Add(List<CodeMapping> compiled, ProcessMapRegion region, string program, bool join)
    {
        if (join && region.Start - compiled[^1].Limit <= MaxGap)
        {
            compiled[^1] = compiled[^1] with { Limit = region.Limit };
        }
        else
        {
            compiled.Add(new CodeMapping(region.Start, region.Limit, 0, program, ""));
        }
    }

    /// <summary>The application's assembly where the program is one that runs assemblies; otherwise the program.</summary>
    private static string ProgramPath()
    {
        string program = Environment.ProcessPath ?? "";
        if (ManagedRuntime.IsCoreClr && Assembly.GetEntryAssembly()?.GetName().Name is { } name)
        {
            // In a single file there is no assembly beside the program.
            string path = Path.Combine(AppContext.BaseDirectory, name + ".dll");
            return File.Exists(path) ? path : program;
        }

        return program;
    }
}
