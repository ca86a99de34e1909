namespace Pprof.Encoding.Protobuf;

/// <summary>
/// The ids of locations by address, from 1 on in the order in which they come. Each frame of each stack is looked up: a table
/// of two arrays takes a third of the time of a dictionary.
/// </summary>
internal sealed class LocationIds
{
    private const int InitialBits = 10;

    // Where the id is 0 nothing is. No more than half is taken.
    private int _bits = InitialBits;
    private nuint[] _addresses = new nuint[1 << InitialBits];
    private uint[] _ids = new uint[1 << InitialBits];
    private int _count;

    /// <summary>The id of the location at <paramref name="address"/>, and whether it is a new one.</summary>
    public uint Of(nuint address, out bool isNew)
    {
        int place = PlaceOf(address);
        isNew = _ids[place] == 0;
        if (!isNew)
        {
            return _ids[place];
        }

        if (_count * 2 >= _ids.Length)
        {
            Grow();
            place = PlaceOf(address);
        }

        _addresses[place] = address;
        return _ids[place] = (uint)++_count;
    }

    /// <summary>The place of an address, or the free one where it would be.</summary>
    private int PlaceOf(nuint address)
    {
        nuint[] addresses = _addresses;
        uint[] ids = _ids;
        int place = (int)((address * 0x9E3779B97F4A7C15UL) >> (64 - _bits));
        while (ids[place] != 0 && addresses[place] != address)
        {
            place = (place + 1) & (ids.Length - 1);
        }

        return place;
    }

    private void Grow()
    {
        (nuint[] addresses, uint[] ids) = (_addresses, _ids);
        _bits++;
        _addresses = new nuint[1 << _bits];
        _ids = new uint[1 << _bits];
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] != 0)
            {
                int place = PlaceOf(addresses[i]);
                (_addresses[place], _ids[place]) = (addresses[i], ids[i]);
            }
        }
    }
}
