namespace Pprof.Endpoints.Query;

/// <summary>What <see cref="NumberText.ParseDecimal"/> found.</summary>
internal enum NumberStatus
{
    /// <summary>A number.</summary>
    Valid,

    /// <summary>No number.</summary>
    Malformed,

    /// <summary>A number beyond 64 bits; the value is the nearest one that fits.</summary>
    OutOfRange,
}

/// <summary>Numbers in requests, read as Go's strconv reads them: clients were written against that.</summary>
internal static class NumberText
{
    /// <summary>A decimal number with an optional sign; no spaces, no separators.</summary>
    public static NumberStatus ParseDecimal(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        bool negative = text.StartsWith("-");
        ReadOnlySpan<char> digits = negative || text.StartsWith("+") ? text[1..] : text;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return NumberStatus.Malformed;
        }

        // Counted downwards, because the negative range is the larger one.
        foreach (char digit in digits)
        {
            int addend = digit - '0';
            if (value < (long.MinValue + addend) / 10)
            {
                value = negative ? long.MinValue : long.MaxValue;
                return NumberStatus.OutOfRange;
            }

            value = (value * 10) - addend;
        }

        if (!negative)
        {
            if (value == long.MinValue)
            {
                value = long.MaxValue;
                return NumberStatus.OutOfRange;
            }

            value = -value;
        }

        return NumberStatus.Valid;
    }

    /// <summary>
    /// An unsigned number in the base that its prefix names (0x, 0b, 0o, 0, or none for decimal), with single
    /// underscores allowed between digits. 0 for anything else.
    /// </summary>
    public static ulong ParseAddress(ReadOnlySpan<byte> text)
    {
        (uint radix, int prefix) = Radix(text);
        ulong value = 0;

        // After a base prefix an underscore may follow at once; a number never begins with one and never ends with one.
        bool underscoreAllowed = prefix > 0;
        bool lastWasDigit = false;
        foreach (byte letter in text[prefix..])
        {
            if (letter == '_')
            {
                if (!lastWasDigit && !underscoreAllowed)
                {
                    return 0;
                }

                underscoreAllowed = lastWasDigit = false;
                continue;
            }

            uint digit = Digit(letter);
            if (digit >= radix || value > (ulong.MaxValue - digit) / radix)
            {
                return 0;
            }

            value = (value * radix) + digit;
            lastWasDigit = true;
        }

        return lastWasDigit ? value : 0;
    }

    private static (uint Radix, int Prefix) Radix(ReadOnlySpan<byte> text) => text switch
    {
        [(byte)'0', (byte)'x' or (byte)'X', ..] => (16, 2),
        [(byte)'0', (byte)'b' or (byte)'B', ..] => (2, 2),
        [(byte)'0', (byte)'o' or (byte)'O', ..] => (8, 2),
        [(byte)'0', _, ..] => (8, 1),
        _ => (10, 0),
    };

    private static uint Digit(byte letter) => letter switch
    {
        >= (byte)'0' and <= (byte)'9' => (uint)(letter - '0'),
        >= (byte)'a' and <= (byte)'f' => (uint)(letter - 'a' + 10),
        >= (byte)'A' and <= (byte)'F' => (uint)(letter - 'A' + 10),
        _ => uint.MaxValue,
    };
}
