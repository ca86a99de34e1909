using Pprof.Symbols.Elf;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.Elf;

public class ItaniumNameTests
{
    [Theory]
    [InlineData("_ZN3foo3barEv", "foo::bar")]
    [InlineData("_Z3fooi", "foo")]
    [InlineData("_ZL3fooi", "foo")]
    [InlineData("_ZNK3foo3barEv", "foo::bar")]
    [InlineData("_ZN3fooC2Ev", "foo::foo")]
    [InlineData("_ZN3a_b3fooD0Ev", "a_b::foo::~foo")]
    [InlineData("_ZN12_GLOBAL__N_13fooEv", "(anonymous namespace)::foo")]
    [InlineData("_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector::push_back")]
    [InlineData("_ZSt9terminatev", "std::terminate")]
    [InlineData("_ZNSsC1ERKSsmm", "std::basic_string::basic_string")]
    [InlineData("_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEplEPKc", "std::__cxx11::basic_string::operator+")]
    [InlineData("_ZN6vxsort6vxsortIlLNS_14vector_machineE1ELi8ELi3EE4sortILi6EEEPlS4_S4_NS_14alignment_hintILi32EEE", "vxsort::vxsort::sort")]
    [InlineData("_ZN3WKS7gc_heap18mark_object_simpleEPPh.cold", "WKS::gc_heap::mark_object_simple")]
    [InlineData("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt")]
    public void NestedNamesAreReadable(string mangled, string expected)
    {
        Assert.Equal(expected, ItaniumName.Demangle(mangled));
    }

    [Theory]
    [InlineData("")]
    [InlineData("main")]
    [InlineData("_Z")]
    [InlineData("_ZN")]
    [InlineData("_ZN3fo")]
    [InlineData("_ZN3foo")]
    [InlineData("_ZN99999999999foo")]
    [InlineData("_ZTv0_n24_NSoD0Ev")]
    [InlineData("_ZN1aIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIII")]
    public void WhatIsNotUnderstoodStaysAsItIs(string mangled)
    {
        Assert.Null(ItaniumName.Demangle(mangled));
    }

    [Fact]
    public void RandomNamesNeverThrow()
    {
        const string Alphabet = "NEISLKCDTJBZst_0123456789aiplnwZ";
        var random = new Random(1);
        int readable = 0;
        for (int i = 0; i < 200_000; i++)
        {
            readable += ItaniumName.Demangle("_Z" + new string(random.GetItems(Alphabet.AsSpan(), random.Next(30)))) is null ? 0 : 1;
        }

        Assert.InRange(readable, 1, 199_999);
    }
}
