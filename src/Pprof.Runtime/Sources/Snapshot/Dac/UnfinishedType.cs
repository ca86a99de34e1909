using System.Runtime.InteropServices;

namespace Pprof.Sources.Snapshot.Dac;

/// <summary>
/// A type that can be unloaded, in a copy of the process that was made while the runtime was making or unloading it. Who asks
/// the runtime's data access component about one loses the process: it follows these pointers and does not see that one is 0.
/// </summary>
/// <remarks>Places are those of the runtime's methodtable.h and ceeload.h, in .NET 9 and 10 on 64-bit systems.</remarks>
internal static class UnfinishedType
{
    // Of MethodTable: enum_flag_Collectible in the flags, m_pModule and m_pAuxiliaryData.
    private const uint CollectibleFlag = 0x200000;
    private const int Module = 0x18;
    private const int AuxiliaryData = 0x20;

    // Of MethodTableAuxiliaryData: m_pLoaderModule.
    private const int LoaderModule = 0x8;

    // Of Module: m_loaderAllocator, behind a lock, which .NET 9 keeps as large as each system has it.
    private static readonly ulong s_loaderAllocator =
        Environment.Version.Major > 9 ? 0xb0u : RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x100u : 0xf8u;

    /// <summary>Whether the type with this method table is one.</summary>
    public static bool Is(CopyMemory memory, ulong methodTable)
    {
        if ((memory.Read<uint>(methodTable) & CollectibleFlag) == 0)
        {
            return false;
        }

        // What cannot be read is read as 0.
        ulong auxiliary = memory.Read<ulong>(methodTable + AuxiliaryData);
        ulong loader = auxiliary == 0 ? 0 : memory.Read<ulong>(auxiliary + LoaderModule);
        return loader == 0 || memory.Read<ulong>(loader + s_loaderAllocator) == 0 || memory.Read<ulong>(methodTable + Module) == 0;
    }
}
