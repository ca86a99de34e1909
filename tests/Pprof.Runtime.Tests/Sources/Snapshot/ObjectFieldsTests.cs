using System.Reflection;
using System.Reflection.Emit;
using Pprof.Sources.Snapshot;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

public sealed class ObjectFieldsTests
{
    /// <summary>An optional dependency that was not deployed: there are objects all the same.</summary>
    [Fact]
    public void AFieldWhoseTypeIsNotThereIsAReference()
    {
        object instance = Activator.CreateInstance(LoadWithoutDependency())!;
        FieldInfo optional = ObjectFields.Find(instance.GetType(), "_optional")!;

        Assert.ThrowsAny<Exception>(() => optional.FieldType);
        Assert.Null(ObjectFields.TypeOf(optional));
        Assert.Equal(["_name", "_optional"], ObjectFields.References(instance.GetType()).Values.Order(StringComparer.Ordinal));
    }

    private static Type LoadWithoutDependency()
    {
        var dependency = new PersistedAssemblyBuilder(new AssemblyName("Pprof.NotDeployed"), typeof(object).Assembly);
        Type missing = dependency.DefineDynamicModule("Pprof.NotDeployed").DefineType("Missing", TypeAttributes.Public).CreateType();
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("Pprof.Deployed"), typeof(object).Assembly);
        TypeBuilder type = assembly.DefineDynamicModule("Pprof.Deployed").DefineType("Deployed", TypeAttributes.Public);
        type.DefineField("_optional", missing, FieldAttributes.Private);
        type.DefineField("_name", typeof(string), FieldAttributes.Private);
        type.DefineDefaultConstructor(MethodAttributes.Public);
        type.CreateType();
        using var image = new MemoryStream();
        assembly.Save(image);
        return Assembly.Load(image.ToArray()).GetType("Deployed")!;
    }
}
