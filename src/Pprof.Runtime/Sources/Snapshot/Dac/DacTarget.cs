using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pprof.Sources.Snapshot.Dac;

/// <summary>
/// The process that the runtime's data access component looks into: <c>ICLRDataTarget</c> of clrdata.idl, of which it needs
/// memory and the place of the runtime.
/// </summary>
internal sealed unsafe class DacTarget : IDisposable
{
    /// <summary>The interface's id.</summary>
    public static readonly Guid Interface = new("3e11ccee-d08b-43e5-af01-32717a64da03");

    private const int Ok = 0;
    private const int NoInterface = unchecked((int)0x80004002);
    private const int Failed = unchecked((int)0x80004005);
    private const int NotImplemented = unchecked((int)0x80004001);
    private const uint MachineX64 = 0x8664;
    private const uint MachineArm64 = 0xaa64;

    private static readonly void** s_methods = Methods();

    private readonly CopyMemory _memory;
    private readonly ulong _runtime;
    private readonly Instance* _instance;

    /// <summary>Shows a copy of the process, in which the runtime begins at <paramref name="runtime"/>.</summary>
    public DacTarget(CopyMemory memory, ulong runtime)
    {
        _memory = memory;
        _runtime = runtime;
        _instance = (Instance*)NativeMemory.Alloc((nuint)sizeof(Instance));
        _instance->Methods = s_methods;
        _instance->Target = GCHandle.ToIntPtr(GCHandle.Alloc(this));
    }

    /// <summary>The pointer that native code gets.</summary>
    public nint Pointer => (nint)_instance;

    /// <inheritdoc/>
    public void Dispose()
    {
        GCHandle.FromIntPtr(_instance->Target).Free();
        NativeMemory.Free(_instance);
    }

    private static void** Methods()
    {
        void** methods = (void**)RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(DacTarget), 14 * sizeof(void*));
        methods[0] = (delegate* unmanaged<Instance*, Guid*, void**, int>)&QueryInterface;
        methods[1] = (delegate* unmanaged<Instance*, uint>)&CountReference;
        methods[2] = (delegate* unmanaged<Instance*, uint>)&CountReference;
        methods[3] = (delegate* unmanaged<Instance*, uint*, int>)&GetMachineType;
        methods[4] = (delegate* unmanaged<Instance*, uint*, int>)&GetPointerSize;
        methods[5] = (delegate* unmanaged<Instance*, char*, ulong*, int>)&GetImageBase;
        methods[6] = (delegate* unmanaged<Instance*, ulong, byte*, uint, uint*, int>)&ReadVirtual;
        methods[7] = (delegate* unmanaged<Instance*, ulong, byte*, uint, uint*, int>)&WriteVirtual;
        methods[8] = (delegate* unmanaged<Instance*, uint, uint, ulong*, int>)&GetThreadLocal;
        methods[9] = (delegate* unmanaged<Instance*, uint, uint, ulong, int>)&SetThreadLocal;
        methods[10] = (delegate* unmanaged<Instance*, uint*, int>)&GetCurrentThread;
        methods[11] = (delegate* unmanaged<Instance*, uint, uint, uint, byte*, int>)&GetThreadContext;
        methods[12] = (delegate* unmanaged<Instance*, uint, uint, byte*, int>)&SetThreadContext;
        methods[13] = (delegate* unmanaged<Instance*, uint, uint, byte*, uint, byte*, int>)&Request;
        return methods;
    }

    private static DacTarget Of(Instance* instance) => (DacTarget)GCHandle.FromIntPtr(instance->Target).Target!;

    [UnmanagedCallersOnly]
    private static int QueryInterface(Instance* self, Guid* id, void** result)
    {
        bool isKnown = *id == Interface || *id == new Guid("00000000-0000-0000-c000-000000000046");
        *result = isKnown ? self : null;
        return isKnown ? Ok : NoInterface;
    }

    // It lives as long as the one who made it says.
    [UnmanagedCallersOnly]
    private static uint CountReference(Instance* self) => 1;

    [UnmanagedCallersOnly]
    private static int GetMachineType(Instance* self, uint* machine)
    {
        *machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? MachineArm64 : MachineX64;
        return Ok;
    }

    [UnmanagedCallersOnly]
    private static int GetPointerSize(Instance* self, uint* size)
    {
        *size = (uint)sizeof(void*);
        return Ok;
    }

    // It asks for the runtime, and nothing else.
    [UnmanagedCallersOnly]
    private static int GetImageBase(Instance* self, char* name, ulong* address)
    {
        *address = Of(self)._runtime;
        return Ok;
    }

    [UnmanagedCallersOnly]
    private static int ReadVirtual(Instance* self, ulong address, byte* buffer, uint size, uint* done)
    {
        int read;
        DacGuard.SetOutside(true);
        try
        {
            read = Of(self)._memory.Read(address, new Span<byte>(buffer, (int)Math.Min(size, int.MaxValue)));
        }
        catch (Exception)
        {
            // From here it would end the process.
            read = 0;
        }
        finally
        {
            DacGuard.SetOutside(false);
        }

        if (done is not null)
        {
            *done = (uint)read;
        }

        return read > 0 ? Ok : Failed;
    }

    [UnmanagedCallersOnly]
    private static int WriteVirtual(Instance* self, ulong address, byte* buffer, uint size, uint* done) => NotImplemented;

    [UnmanagedCallersOnly]
    private static int GetThreadLocal(Instance* self, uint thread, uint index, ulong* value) => NotImplemented;

    [UnmanagedCallersOnly]
    private static int SetThreadLocal(Instance* self, uint thread, uint index, ulong value) => NotImplemented;

    [UnmanagedCallersOnly]
    private static int GetCurrentThread(Instance* self, uint* thread) => NotImplemented;

    [UnmanagedCallersOnly]
    private static int GetThreadContext(Instance* self, uint thread, uint flags, uint size, byte* context) => NotImplemented;

    [UnmanagedCallersOnly]
    private static int SetThreadContext(Instance* self, uint thread, uint size, byte* context) => NotImplemented;

    [UnmanagedCallersOnly]
    private static int Request(Instance* self, uint code, uint inputSize, byte* input, uint outputSize, byte* output) => NotImplemented;

    [StructLayout(LayoutKind.Sequential)]
    private struct Instance
    {
        public void** Methods;
        public nint Target;
    }
}
