using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Pprof.Hosting;
using Pprof.Testing;
using Pprof.Testing.Rooms;
using Xunit;

namespace Pprof.Runtime.Tests.Rooms;

/// <summary>
/// Which room of the package names which, as docs/architecture.md draws it. Read from the built assembly.
/// </summary>
public sealed partial class RoomsTests
{
    private const string Api = "(public API)";

    // What each room may name. From the request down to the process: an arrow points down, never up.
    private static readonly FrozenDictionary<string, string[]> s_allowed = new Dictionary<string, string[]>
    {
        ["Hosting"] = ["Endpoints", "CompilerServices", "Process", Api],
        ["Endpoints"] = ["CompilerServices", "Collectors", "Encoding", "Symbols", "Process", "Labels", "Profiles", Api],
        ["CompilerServices"] = ["Collectors", "Profiles", Api],
        ["Encoding"] = ["Symbols", "Profiles"],
        ["Collectors"] = ["Sources", "Process", "Profiles", Api],
        [Api] = ["Sources", "Labels", "Profiles"],
        ["Sources"] = ["Unwinding", "Symbols", "Process", "Labels", "Profiles"],
        ["Unwinding"] = ["Symbols", "Process", "Profiles"],
        ["Symbols"] = ["Process", "Profiles"],
        ["Labels"] = ["Process", "Profiles"],
        ["Profiles"] = [],
        ["Process"] = [],
    }.ToFrozenDictionary();

    // In the namespaces of what they extend, where who uses that finds them.
    private static readonly string[] s_extensions = [typeof(PprofEndpointRouteBuilderExtensions).FullName!, typeof(PprofServiceCollectionExtensions).FullName!];

    private static readonly string s_assembly = typeof(PprofRegistration).Assembly.Location;

    [Fact]
    public void NoRoomNamesOneThatItMayNot() =>
        AssertNone(Arrow.ReadAll(s_assembly, RoomOf).Where(arrow => !s_allowed[arrow.From].Contains(arrow.To)));

    [Fact]
    public void EveryRoomIsOnTheMap() =>
        Assert.Equal(
            s_allowed.Keys.Order(StringComparer.Ordinal),
            typeof(PprofRegistration).Assembly.GetTypes().Select(type => RoomOf(type.FullName!)).OfType<string>().Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void NothingIsAllowedThatNoRoomDoes() =>
        AssertNone(s_allowed.SelectMany(room => room.Value.Select(to => $"{room.Key} → {to}"))
            .Except(Arrow.ReadAll(s_assembly, RoomOf).Select(arrow => $"{arrow.From} → {arrow.To}")));

    /// <summary>A room is a folder: no type is in another one by its namespace, or in none.</summary>
    [Fact]
    public void NamespacesAreThoseOfFolders()
    {
        const string Root = "src/Pprof.Runtime";
        AssertNone(
            from file in Repository.SourcesIn(Root, "*.cs")
            from Match name in NamespaceLine().Matches(File.ReadAllText(Repository.PathOf(file)))
            let place = $"{name.Groups[1]}.{Path.GetFileNameWithoutExtension(file)}"
            where place != nameof(Pprof) + Path.ChangeExtension(file[Root.Length..], null).Replace('/', '.') && !s_extensions.Contains(place)
            select $"{file}: {name.Groups[1]}");
    }

    /// <summary>A collector knows what samples mean, and nothing of how they are written or where they come from.</summary>
    [Theory]
    [InlineData("System.IO.TextWriter")]
    [InlineData("System.IO.StreamWriter")]
    [InlineData("System.IO.StringWriter")]
    [InlineData("Pprof.Symbols.Symbolizer")]
    [InlineData("Pprof.Process.ManagedRuntime")]
    [InlineData("System.OperatingSystem")]
    [InlineData("System.Runtime.CompilerServices.RuntimeFeature")]
    [InlineData("System.Runtime.InteropServices.RuntimeInformation")]
    public void NoCollectorNames(string type) => AssertNotNamed("Collectors", type);

    /// <summary>A source hands over what it sees to whoever wants it.</summary>
    [Theory]
    [InlineData("Pprof.Profiles.Profile")]
    [InlineData("Pprof.Profiles.ProfileShape")]
    public void NoSourceNames(string type) => AssertNotNamed("Sources", type);

    private static void AssertNotNamed(string room, string type) =>
        AssertNone(TypeUseReader.Read(s_assembly).Where(use => RoomOf(use.From) == room && use.To == type));

    private static void AssertNone<T>(IEnumerable<T> found)
    {
        string text = string.Join("\n", found);
        Assert.True(text.Length == 0, text);
    }

    private static string? RoomOf(string type)
    {
        string[] parts = type.Split('.');

        return Array.Exists(s_extensions, type.StartsWith) ? nameof(Hosting)
            : parts[0] != nameof(Pprof) ? null
            : parts.Length == 2 ? Api
            : parts[1];
    }

    [GeneratedRegex(@"^namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
