using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis.CSharp;
using Pprof.CompilerServices;
using Pprof.Generators.Tests.Testing;
using Pprof.Hosting;
using Xunit;

namespace Pprof.Generators.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public void LoadedApplicationHasRegisteredWhatItsAttributeSays()
    {
        CSharpCompilation compilation = TestCompilation.Create(
        [
            """
            [assembly: Pprof.EnablePprof(Path = "/p", Access = Pprof.PprofAccess.Anyone)]
            return 0;
            """,
        ]);
        CSharpGeneratorTest<EnablePprofGenerator>.Run(compilation, out CSharpCompilation output);
        using var image = new MemoryStream();
        Assert.Empty(output.Emit(image).Diagnostics);
        image.Position = 0;

        var context = new AssemblyLoadContext(nameof(LoadedApplicationHasRegisteredWhatItsAttributeSays));
        RuntimeHelpers.RunModuleConstructor(context.LoadFromStream(image).ManifestModule.ModuleHandle);

        PprofManifest manifest = Assert.IsType<PprofManifest>(PprofRegistration.Manifest);
        var options = new PprofOptions();
        manifest.Configure(options);
        Assert.Equal(("/p", PprofAccess.Anyone, null), (options.Path, options.Access, options.ListenUrl));
        ProfileDescriptor profile = Assert.Single(manifest.Profiles, profile => profile.Name == "profile");
        Assert.Equal([new("samples", "count"), new("cpu", "nanoseconds")], profile.Shape?.SampleTypes);
        Assert.Equal(("cpu", 30), (profile.Shape?.PeriodType.Type, profile.DefaultSeconds));
        ProfileParameter rate = Assert.Single(profile.Parameters);
        Assert.Equal(("hz", 250), (rate.Name, rate.Default(new PprofOptions { CpuProfileRate = 250 })));
        Assert.Equal(PprofProfiles.Cpu, profile.Flag);
        ProfileParameter content = Assert.Single(Assert.Single(manifest.Profiles, static row => row.Name == "trace").Parameters);
        Assert.Equal("content", content.Name);
        Assert.Equal(["gc", "requests", "work", "waits", "exceptions", "cpu", "jit", "async"], content.Words);
        Assert.Equal(127, content.Default(options));
        Assert.NotNull(profile.Collector());
    }
}
