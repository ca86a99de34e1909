namespace Pprof.Symbols;
internal abstract class ManagedCode { public static ManagedCode Create()=>new N(); public abstract bool TryGetMethodStart(nuint ip, out nuint start); private sealed class N:ManagedCode{ public override bool TryGetMethodStart(nuint ip, out nuint start){start=0;return false;} } }
