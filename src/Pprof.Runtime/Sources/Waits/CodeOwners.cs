using System.Reflection;
using Pprof.Sources.EventPipe;
using Pprof.Symbols.NativeAot;

namespace Pprof.Sources.Waits;

/// <summary>Tells whose code it is.</summary>
internal static class CodeOwners
{
    private const string Package = nameof(Pprof);

    // The namespaces of what the application and its generated code name; any other is not public.
    private const string PublicTypes = Package + ".";
    private const string GeneratedTypes = Package + ".CompilerServices.";

    private static readonly string s_runtime = typeof(object).Assembly.GetName().Name!;

    /// <summary>That of a method; null stands for code that is not managed.</summary>
    public static CodeOwner Of(MethodBase? method)
    {
        Type? type = method?.DeclaringType;
        while (type?.DeclaringType is { } outer)
        {
            // The code of a lambda is the code of who wrote it.
            type = outer;
        }

        return type is null ? (method is null ? CodeOwner.Runtime : CodeOwner.Application)
            : type == typeof(EventWatch) ? CodeOwner.PackageWatch
            : type.Assembly == typeof(CodeOwners).Assembly ? (type.IsPublic ? CodeOwner.Application : CodeOwner.Package)
            : type.Assembly == typeof(object).Assembly ? CodeOwner.Runtime
            : CodeOwner.Application;
    }

    /// <summary>The same at an address of a program that was compiled ahead of time, by the names that it knows.</summary>
    public static CodeOwner OfCompiled(nuint address)
    {
        if (!NativeAotSymbols.TryFindType(address, out string assembly, out string type) || assembly == s_runtime)
        {
            return CodeOwner.Runtime;
        }

        return assembly != Package || IsIn(PublicTypes) || IsIn(GeneratedTypes) ? CodeOwner.Application : CodeOwner.Package;

        bool IsIn(string space) => type.StartsWith(space, StringComparison.Ordinal) && type.IndexOf('.', space.Length) < 0;
    }
}
