using System.Reflection;
using System.Reflection.Emit;
using Microsoft.CodeAnalysis;
using Pprof.CompilerServices;

namespace Pprof.Generators.Tests.Testing;

/// <summary>
/// A library as the compilers of F# and Visual Basic write them: names that C# cannot, and the package's attributes
/// where no generator has seen them.
/// </summary>
internal static class ForeignLibrary
{
    private const MethodAttributes PublicStatic = MethodAttributes.Public | MethodAttributes.Static;

    /// <summary>The library as an assembly file.</summary>
    public static MetadataReference Create()
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("Foreign Library$1"), typeof(object).Assembly);
        assembly.SetCustomAttribute(Attribute<EnablePprofAttribute>());
        assembly.SetCustomAttribute(Attribute<CustomProfileDeclarationAttribute>("open things", "", "<StartupCode$Foreign>.$Module", "open things@7"));
        assembly.SetCustomAttribute(Attribute<CustomProfileDeclarationAttribute>("sound", "", "My.Holder", "Sound"));

        ModuleBuilder module = assembly.DefineDynamicModule("Foreign.dll");
        TypeBuilder startup = module.DefineType("<StartupCode$Foreign>.$Module", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        DefineProperty(startup, "open things");
        DefineProperty(startup, "|Open|_|");
        startup.DefineField("open things@7", typeof(CustomProfile), FieldAttributes.Public | FieldAttributes.Static);
        startup.CreateType();

        TypeBuilder closure = module.DefineType("Module.push@12-1`1", TypeAttributes.Public);
        closure.DefineGenericParameters("a@");
        DefineProperty(closure, " ");
        closure.CreateType();

        TypeBuilder holder = module.DefineType("My.Holder", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        holder.DefineField("Sound", typeof(CustomProfile), FieldAttributes.Public | FieldAttributes.Static | FieldAttributes.InitOnly);
        holder.CreateType();

        using var image = new MemoryStream();
        assembly.Save(image);
        return MetadataReference.CreateFromImage(image.ToArray());
    }

    private static void DefineProperty(TypeBuilder type, string name)
    {
        MethodBuilder getter = type.DefineMethod($"get_{name}", PublicStatic, typeof(CustomProfile), []);
        ILGenerator code = getter.GetILGenerator();
        code.Emit(OpCodes.Ldstr, name);
        code.Emit(OpCodes.Newobj, typeof(CustomProfile).GetConstructor([typeof(string)])!);
        code.Emit(OpCodes.Ret);
        PropertyBuilder property = type.DefineProperty(name, PropertyAttributes.None, typeof(CustomProfile), []);
        property.SetGetMethod(getter);
        property.SetCustomAttribute(Attribute<PprofProfileAttribute>(name));
    }

    private static CustomAttributeBuilder Attribute<T>(params object[] arguments)
        where T : Attribute =>
        new(typeof(T).GetConstructors().Single(), arguments);
}
