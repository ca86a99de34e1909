using System.Text;

namespace Pprof.Tool.Converting;

/// <summary>
/// What is read of a .gcdump file: types, and the objects of each with their sizes. The format is that of PerfView's
/// serializer (github.com/microsoft/perfview: FastSerialization, and MemoryGraph as the first field of GCHeapDump): an
/// object begins with its type, which begins with its version and name, and its fields follow in order.
/// </summary>
internal sealed class GcDump
{
    private const string Signature = "!FastSerialization.1";
    private const byte NullTag = 1;
    private const byte ObjectTag = 4;
    private const byte PrivateObjectTag = 5;
    private const byte EndTag = 6;

    private readonly BinaryReader _reader;

    private GcDump(BinaryReader reader) => _reader = reader;

    /// <summary>Whether <paramref name="file"/> is of that format.</summary>
    public static bool IsOne(string file)
    {
        using var reader = new BinaryReader(File.OpenRead(file));
        return HasSignature(reader);
    }

    /// <summary>The types that have objects.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or of another version.</exception>
    public static IReadOnlyList<GcDumpType> Read(string file)
    {
        using var reader = new BinaryReader(new BufferedStream(File.OpenRead(file), 1 << 16));
        if (!HasSignature(reader))
        {
            throw new InvalidDataException("it does not begin as a .gcdump file");
        }

        return new GcDump(reader).Read();
    }

    private static bool HasSignature(BinaryReader reader) =>
        reader.BaseStream.Length > Signature.Length + sizeof(int)
        && reader.ReadInt32() == Signature.Length
        && reader.ReadBytes(Signature.Length).AsSpan().SequenceEqual(System.Text.Encoding.ASCII.GetBytes(Signature));

    private List<GcDumpType> Read()
    {
        BeginObject("GCHeapDump");
        BeginObject("Graphs.MemoryGraph");

        // The size of all, and the number of the root.
        _reader.ReadInt64();
        _reader.ReadInt32();

        var types = new GcDumpType[ReadCount()];
        for (int i = 0; i < types.Length; i++)
        {
            string name = ReadText();
            int size = _reader.ReadInt32();
            types[i] = new GcDumpType(name, size, ReadText());
        }

        int[] places = new int[ReadCount()];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = _reader.ReadInt32();
        }

        byte[] nodes = _reader.ReadBytes(ReadCount());
        foreach (int place in places)
        {
            AddNode(types, nodes, place);
        }

        return [.. types.Where(static type => type.Objects > 0)];
    }

    /// <summary>A node is its type, twice, odd where a size of its own follows, and then what it refers to.</summary>
    private static void AddNode(GcDumpType[] types, byte[] nodes, int place)
    {
        int typeAndFlag = ReadCompressed(nodes, ref place);
        int index = typeAndFlag >> 1;
        if (index < 0 || index >= types.Length)
        {
            throw new InvalidDataException("an object is of a type that is not there");
        }

        // What has no size stands for roots, or for objects that nobody has seen.
        GcDumpType type = types[index];
        int size = (typeAndFlag & 1) != 0 ? ReadCompressed(nodes, ref place) : type.Size;
        if (size > 0)
        {
            type.Objects++;
            type.Bytes += size;
        }
    }

    /// <summary>Seven bits a byte, the highest first and with the sign.</summary>
    private static int ReadCompressed(byte[] bytes, ref int place)
    {
        const int MaxBytes = 5;
        int value = 0;
        for (int i = 0; i < MaxBytes; i++)
        {
            if ((uint)place >= (uint)bytes.Length)
            {
                throw new InvalidDataException("an object lies outside of the file");
            }

            byte b = bytes[place++];
            value = i == 0 ? b << 25 >> 25 : (value << 7) + (b & 0x7F);
            if ((b & 0x80) == 0)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number is too long");
    }

    private void BeginObject(string type)
    {
        // The type is an object of its own, whose type is none.
        bool begins = IsObject(_reader.ReadByte()) && IsObject(_reader.ReadByte()) && _reader.ReadByte() == NullTag;
        _reader.ReadInt32();
        _reader.ReadInt32();
        if (!begins || ReadText() != type || _reader.ReadByte() != EndTag)
        {
            throw new InvalidDataException($"there is no {type} where it was expected");
        }
    }

    private static bool IsObject(byte tag) => tag is ObjectTag or PrivateObjectTag;

    private int ReadCount()
    {
        int count = _reader.ReadInt32();
        return count >= 0 && count <= _reader.BaseStream.Length
            ? count
            : throw new InvalidDataException("a number cannot be right");
    }

    // Its length is in characters, each of one to three bytes.
    private string ReadText()
    {
        int length = _reader.ReadInt32();
        if (length < 0)
        {
            return "";
        }

        var text = new StringBuilder(Math.Min(length, 1 << 10));
        for (; length > 0; length--)
        {
            int b = _reader.ReadByte();
            text.Append((char)(b < 0x80 ? b : b < 0xE0 ? ((b & 0x1F) << 6) | Next() : ((b & 0xF) << 12) | (Next() << 6) | Next()));
        }

        return text.ToString();
    }

    private int Next() => _reader.ReadByte() & 0x3F;
}
