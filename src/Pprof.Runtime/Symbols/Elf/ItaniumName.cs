using System.Text;

namespace Pprof.Symbols.Elf;

/// <summary>
/// Readable forms of C++ names (Itanium C++ ABI, section 5.1, "External Names"). Only the qualified name is shown,
/// without parameters and template arguments; names that refer back to parts of themselves are not understood.
/// </summary>
internal ref struct ItaniumName
{
    // Nesting of template arguments; real names stay far below.
    private const int MaxDepth = 64;

    private readonly ReadOnlySpan<char> _name;
    private readonly StringBuilder _readable = new();
    private int _position;
    private int _lastPart;

    private ItaniumName(ReadOnlySpan<char> name) => _name = name;

    private readonly char Next => _position < _name.Length ? _name[_position] : '\0';

    /// <summary>The qualified name that <paramref name="mangled"/> stands for; null where it is not understood.</summary>
    public static string? Demangle(string mangled)
    {
        if (!mangled.StartsWith("_Z", StringComparison.Ordinal))
        {
            return null;
        }

        var name = new ItaniumName(mangled.AsSpan(2));
        return name.TryTakeName() && name._readable.Length > 0 ? name._readable.ToString() : null;
    }

    private bool TryTakeName()
    {
        if (!TryTake('N'))
        {
            return TryTakePart() && (Next != 'I' || TrySkipArguments(0));
        }

        // Qualifiers of a member function.
        while (Next is 'r' or 'V' or 'K' or 'R' or 'O')
        {
            _position++;
        }

        while (!TryTake('E'))
        {
            if (!(Next == 'I' ? TrySkipArguments(0) : TryTakePart()))
            {
                return false;
            }
        }

        RemoveRustHash();
        return true;
    }

    private bool TryTakePart()
    {
        if (Next == 'L')
        {
            // Internal linkage.
            _position++;
        }

        switch (Next)
        {
            case >= '1' and <= '9':
                return TryTakeSourceName(out ReadOnlySpan<char> source) && TrySkipTags() && Append(source);
            case 'S':
                return TryTakeStandardName();
            case 'C' when Following is >= '1' and <= '5':
                _position += 2;
                return Append(_readable.ToString().AsSpan(_lastPart));
            case 'D' when Following is >= '0' and <= '5':
                _position += 2;
                return Append($"~{_readable.ToString().AsSpan(_lastPart)}");
            default:
                return TryTakeOperator();
        }
    }

    private readonly char Following => _position + 1 < _name.Length ? _name[_position + 1] : '\0';

    private bool TryTakeStandardName()
    {
        string? name = Following switch
        {
            't' => "",
            'a' => "allocator",
            'b' or 's' => "basic_string",
            'i' => "basic_istream",
            'o' => "basic_ostream",
            'd' => "basic_iostream",
            _ => null,
        };
        if (name is null)
        {
            return false;
        }

        _position += 2;
        Append("std");

        // "St" is the qualifier of a name that follows.
        return name.Length > 0 ? Append(name) : TryTakePart();
    }

    private bool TryTakeOperator()
    {
        if (_position + 2 > _name.Length)
        {
            return false;
        }

        string? symbol = _name.Slice(_position, 2) switch
        {
            "nw" => " new",
            "na" => " new[]",
            "dl" => " delete",
            "da" => " delete[]",
            "pl" => "+",
            "mi" => "-",
            "ml" => "*",
            "dv" => "/",
            "rm" => "%",
            "eq" => "==",
            "ne" => "!=",
            "lt" => "<",
            "gt" => ">",
            "le" => "<=",
            "ge" => ">=",
            "aS" => "=",
            "pL" => "+=",
            "mI" => "-=",
            "ls" => "<<",
            "rs" => ">>",
            "pp" => "++",
            "mm" => "--",
            "nt" => "!",
            "cl" => "()",
            "ix" => "[]",
            "pt" => "->",
            "de" => "*",
            _ => null,
        };
        _position += 2;
        return symbol is not null && Append($"operator{symbol}");
    }

    private bool TryTakeSourceName(out ReadOnlySpan<char> name)
    {
        name = default;
        int length = 0;
        while (char.IsAsciiDigit(Next) && length < _name.Length)
        {
            length = (length * 10) + (Next - '0');
            _position++;
        }

        if (length == 0 || length > _name.Length - _position)
        {
            return false;
        }

        name = _name.Slice(_position, length);
        _position += length;
        return true;
    }

    private bool TrySkipTags()
    {
        while (TryTake('B'))
        {
            if (!TryTakeSourceName(out _))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Moves over <c>I … E</c> and everything else that ends with E.</summary>
    private bool TrySkipArguments(int depth)
    {
        _position++;
        while (!TryTake('E'))
        {
            if (depth == MaxDepth || !TrySkipArgument(depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    private bool TrySkipArgument(int depth)
    {
        switch (Next)
        {
            case >= '1' and <= '9':
                return TryTakeSourceName(out _) && TrySkipTags();
            case 'I' or 'J' or 'N' or 'F':
                return TrySkipArguments(depth);
            case 'L':
                return TrySkipLiteral(depth);
            case 'S' or 'T':
                return TrySkipReference();
            case 'D' when Following is 'p' or 'n' or 'a' or 'u' or 's' or 'i':
                _position += 2;
                return true;
            case (>= 'a' and <= 'z') or 'P' or 'R' or 'O' or 'K' or 'V':
                // A built-in type; a pointer or a reference to what follows; a qualifier of it.
                _position++;
                return true;
            case 'C' or 'D' when Following is >= '0' and <= '5':
                _position += 2;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Moves over <c>L</c>, a type, a number, <c>E</c>.</summary>
    private bool TrySkipLiteral(int depth)
    {
        _position++;
        if (depth == MaxDepth || !TrySkipArgument(depth + 1))
        {
            return false;
        }

        while (char.IsAsciiDigit(Next) || char.IsAsciiLetterLower(Next))
        {
            _position++;
        }

        return TryTake('E');
    }

    /// <summary>Moves over <c>S_</c>, <c>S0_</c>, <c>St</c>, <c>T_</c>, <c>T0_</c>.</summary>
    private bool TrySkipReference()
    {
        _position++;
        if (char.IsAsciiLetterLower(Next))
        {
            _position++;
            return true;
        }

        while (char.IsAsciiDigit(Next) || char.IsAsciiLetterUpper(Next))
        {
            _position++;
        }

        return TryTake('_');
    }

    private bool Append(ReadOnlySpan<char> part)
    {
        if (_readable.Length > 0)
        {
            _readable.Append("::");
        }

        _lastPart = _readable.Length;
        _readable.Append(part is "_GLOBAL__N_1" ? "(anonymous namespace)" : part);
        return true;
    }

    /// <summary>Rust's names end with a hash of sixteen digits.</summary>
    private readonly void RemoveRustHash()
    {
        ReadOnlySpan<char> last = _readable.ToString().AsSpan(_lastPart);
        if (last.Length == 17 && last[0] == 'h' && !last[1..].ContainsAnyExcept("0123456789abcdef"))
        {
            _readable.Length = Math.Max(0, _lastPart - 2);
        }
    }

    private bool TryTake(char expected)
    {
        if (Next != expected)
        {
            return false;
        }

        _position++;
        return true;
    }
}
