using System.Reflection;
using Pprof.Symbols;
using Pprof.Symbols.CoreClr;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.CoreClr;

public sealed class PortablePdbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _assembly;
    private readonly string _pdb;

    public PortablePdbTests()
    {
        string original = typeof(PortablePdbTests).Assembly.Location;
        _assembly = Path.Combine(_folder.Path, Path.GetFileName(original));
        _pdb = Path.ChangeExtension(_assembly, ".pdb");
        File.Copy(original, _assembly);
        File.Copy(Path.ChangeExtension(original, ".pdb"), _pdb);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFileBesideTheAssemblyIsItsPdb() => Assert.True(PortablePdb.Find(_assembly));

    [Fact]
    public void WithoutAFileThereIsNone()
    {
        File.Delete(_pdb);

        Assert.False(PortablePdb.Find(_assembly));
    }

    [Fact]
    public void ThePdbOfAnotherAssemblyIsNone()
    {
        File.Copy(Path.ChangeExtension(typeof(Symbolizer).Assembly.Location, ".pdb"), _pdb, overwrite: true);

        Assert.False(PortablePdb.Find(_assembly));
    }

    [Fact]
    public void ADamagedOneIsNone()
    {
        File.WriteAllText(_pdb, "no PDB");
        Assert.False(PortablePdb.Find(_assembly));

        File.WriteAllText(_assembly, "no assembly");
        Assert.False(PortablePdb.Find(_assembly));
        File.Delete(_assembly);
        Assert.False(PortablePdb.Find(_assembly));
    }

    [Fact]
    public void OfAnAssemblyInMemoryTheRuntimeIsAsked() =>
        Assert.True(PortablePdb.Exists(Assembly.Load(File.ReadAllBytes(_assembly)).ManifestModule));

    [Fact]
    public void TheFrameworkHasNone() => Assert.False(PortablePdb.Exists(typeof(object).Module));
}
