namespace Pprof.Testing.Rooms;

/// <summary>The ways in which one type names another. Public, so that a theory can take one.</summary>
public enum UseKind
{
    BaseType,
    Interface,
    Constraint,
    Attribute,
    Field,
    Parameter,
    ReturnType,
    Local,
    Catch,

    /// <summary>An instruction of a method's body: a call, an access to a field, typeof, a cast, a new object or array.</summary>
    Instruction,
}
