using System.Diagnostics;
using Pprof.Sources.Allocations;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

/// <summary>Programs that are made up, in steps of a millisecond.</summary>
public sealed class SamplingSlicesTests
{
    private const long Threshold = 500_000_000;
    private const double Many = 2e9;

    [Fact]
    public void UpToTheThresholdAllOfTheTimeIsSampled()
    {
        var program = new Program();

        program.Run(seconds: 20, Threshold * 0.98);

        Assert.False(program.Slices.AreUsed);
        Assert.Equal(1, program.Slices.Smallest);
        Assert.Equal(program.Allocated, program.Sampled);
        Assert.Equal(program.Allocated, program.Estimated, 1.0);
    }

    [Theory]
    [InlineData(0.6e9, 0.167)]
    [InlineData(1e9, 0.1)]
    [InlineData(30e9, 0.05)]
    public void WhereAllocationsAreManyAPartOfTheTimeIsSampled(double bytesPerSecond, double share)
    {
        var program = new Program();
        program.Run(seconds: 3, bytesPerSecond);
        double before = program.Sampled;

        program.Run(seconds: 100, bytesPerSecond);

        Assert.Equal(share, program.Slices.Share, 0.01);
        Assert.Equal(share, (program.Sampled - before) / (100 * bytesPerSecond), share / 5);
    }

    /// <summary>However the rate changes from one moment to the next.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(1_000)]
    public void TheSumIsWhatWasAllocated(int millisecondsOfARate)
    {
        var program = new Program();
        var random = new Random(3);
        for (int i = 0; i < 60_000 / millisecondsOfARate; i++)
        {
            program.Run(millisecondsOfARate / 1000.0, random.NextDouble() * 2 * Many);
        }

        Assert.InRange(program.Estimated / program.Allocated, 0.98, 1.02);
    }

    /// <summary>Where the machine is so busy that the package's thread is late, a slice is longer than it was to be.</summary>
    [Fact]
    public void HoweverLateASliceIsTheSumIsWhatWasAllocated()
    {
        var program = new Program();
        var random = new Random(5);
        program.Run(seconds: 5, Many);
        for (int i = 0; i < 200; i++)
        {
            program.Late = random.Next(200);
            program.Run(seconds: 0.05 + (program.Late / 1000.0), random.NextDouble() * 2 * Many);
            while (program.Slices is { AreUsed: true, IsOn: true })
            {
                program.Run(seconds: 0.001, Many);
            }

            Assert.InRange(program.Allocated - program.Estimated, -1_000, Many);
        }

        Assert.InRange(program.Estimated / program.Allocated, 0.98, 1.02);
    }

    /// <summary>A slice in which more comes than can be kept is weighed in parts, which never stand for more than there is.</summary>
    [Fact]
    public void PartsOfASliceStandForNoMoreThanThereIs()
    {
        var program = new Program();
        program.Run(seconds: 5, Many);
        for (int i = 0; i < 100; i++)
        {
            while (!program.Slices.IsOn)
            {
                program.Run(seconds: 0.001, Many);
            }

            for (int millisecond = 1; millisecond <= 15 && !program.Slices.AreWeighed; millisecond++)
            {
                program.Run(seconds: 0.001, Many * 3);
                if (millisecond % 5 == 0 && !program.Slices.AreWeighed)
                {
                    program.WeighPart();
                    Assert.True(program.Estimated <= program.Allocated + 1_000);
                }
            }

            while (program.Slices.IsOn)
            {
                program.Run(seconds: 0.001, Many);
            }

            Assert.Equal(program.Allocated, program.Estimated, Many / 1000);
        }
    }

    /// <summary>What is done again and again, for a part of the time, has its share, however long it takes.</summary>
    [Theory]
    [InlineData(50)]
    [InlineData(500)]
    [InlineData(550)]
    public void WorkThatComesAgainIsSeenInItsShare(int period)
    {
        var program = new Program();
        program.Run(seconds: 2, Many);
        (double allocated, double estimated) before = (program.AllocatedOfSite, program.EstimatedOfSite);
        for (int i = 0; i < 400_000 / period; i++)
        {
            program.Run(period * 0.2 / 1000, Many, ofSite: 1);
            program.Run(period * 0.8 / 1000, Many, ofSite: 0);
        }

        // Of some 800 slices 160 see it, or a part of it.
        Assert.InRange((program.EstimatedOfSite - before.estimated) / (program.AllocatedOfSite - before.allocated), 0.75, 1.25);
    }

    /// <summary>
    /// Little that is allocated right after much, and stays: by the bytes it would stand for the last of the many, too.
    /// </summary>
    /// <param name="part">How little.</param>
    /// <param name="millisecondsOfAPart">After so many a slice is weighed, though it goes on; 0 for never.</param>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 3)]
    [InlineData(0.01, 0)]
    public void WhatIsInUseIsThatOfItsTime(double part, int millisecondsOfAPart)
    {
        var program = new Program { MillisecondsOfAPart = millisecondsOfAPart };
        for (int i = 0; i < 300; i++)
        {
            program.Run(seconds: 2.5, Many);
            program.Run(seconds: 0.5, Many * part, ofSite: 1);
        }

        Assert.InRange(program.EstimatedOfSite / program.AllocatedOfSite, 0.85, 1.15);
    }

    /// <summary>
    /// Much that ends at once, between two slices: the last of it is what the slice before has seen, and not what comes after,
    /// whether that is nothing or little.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.001)]
    [InlineData(0.02)]
    public void WhatEndsBetweenTwoSlicesTheOneBeforeStandsFor(double part)
    {
        var program = new Program();
        for (int i = 0; i < 100; i++)
        {
            program.Run(seconds: 2.5 + (i / 1000.0), Many, ofSite: 1);
            program.Run(seconds: 3, Many * part);
            Assert.InRange(program.Allocated - program.Estimated, -Many / 1000, Many / 1000);
        }

        Assert.False(program.Slices.AreUsed);
        Assert.InRange(program.EstimatedOfSite / program.AllocatedOfSite, 0.99, 1.01);
    }

    /// <summary>All of it comes and goes while there are no samples, and not long after the first time there were none.</summary>
    [Fact]
    public void WhatNoSliceSeesTheTimeBeforeThemStandsFor()
    {
        var program = new Program();
        program.Run(seconds: 1.5, Many, ofSite: 1);
        while (program.Slices.IsOn)
        {
            program.Run(seconds: 0.001, Many, ofSite: 1);
        }

        program.Run(seconds: 0.1, 10 * Many, ofSite: 1);
        program.Run(seconds: 5, 0);

        Assert.False(program.Slices.AreUsed);
        Assert.Equal(1, program.Estimated / program.Allocated, 0.001);
        Assert.Equal(1, program.EstimatedOfSite / program.AllocatedOfSite, 0.001);
    }

    /// <summary>Much that is over when there has been a second of it to measure.</summary>
    [Fact]
    public void WhereMuchHasEndedThereAreNoSlices()
    {
        var program = new Program();
        program.Run(seconds: 0.7, Many);
        program.Late = 400;
        program.Run(seconds: 3, 0);

        Assert.Equal(1, program.Slices.Smallest);
        Assert.Equal(program.Allocated, program.Estimated, 1.0);
    }

    /// <summary>However the rate changes, and in however many parts a slice is weighed: what stays is neither more nor less.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void WhatIsInUseIsThatOfItsTimeWhateverElseThereIs(int millisecondsOfAPart)
    {
        var program = new Program { MillisecondsOfAPart = millisecondsOfAPart };
        var random = new Random(13);
        program.Run(seconds: 3, Many);
        (double allocated, double live) before = (program.AllocatedOfSite, program.EstimatedOfSite);
        for (int i = 0; i < 20_000; i++)
        {
            // The same bytes each time, beside others.
            double rate = Many * (0.05 + (2 * random.NextDouble()));
            program.Run(seconds: 0.01, rate, ofSite: Many / 100 / rate);
        }

        Assert.InRange((program.EstimatedOfSite - before.live) / (program.AllocatedOfSite - before.allocated), 0.9, 1.1);
    }

    [Fact]
    public void WhereTheyAreFewAgainAllOfTheTimeIsSampled()
    {
        var program = new Program();
        program.Run(seconds: 5, Many);
        program.Run(seconds: 10, Threshold * 0.9);
        bool hasSlices = program.Slices.AreUsed;

        program.Run(seconds: 10, Threshold * 0.7);

        Assert.True(hasSlices);
        Assert.False(program.Slices.AreUsed);
        Assert.True(program.Slices.IsOn);
        Assert.Equal(1, program.Slices.Weight);
        Assert.Equal(0.05, program.Slices.Smallest, 0.01);
    }

    /// <summary>After a moment of rest one slice does not stand for all that came before: more than one do.</summary>
    [Fact]
    public void NoSliceStandsForTooMuch()
    {
        var program = new Program();
        program.Run(seconds: 5, Many);
        double highest = 0;
        for (int i = 0; i < 2_000; i++)
        {
            program.Run(seconds: 0.04, i % 2 == 0 ? 2 * Many : 0);
            highest = Math.Max(highest, program.Slices.Weight);
        }

        Assert.InRange(highest, 20, 80.1);
        Assert.InRange(program.Estimated / program.Allocated, 0.97, 1.03);
    }

    /// <summary>A snapshot in between has what was allocated until then.</summary>
    [Fact]
    public void WhoAsksHasASliceAtOnce()
    {
        var program = new Program();
        program.Run(seconds: 5, Many);
        while (program.Slices.IsOn)
        {
            program.Run(seconds: 0.001, Many);
        }

        program.Run(seconds: 0.1, Many);
        long asked = program.Now;
        Assert.True(program.Slices.TryHasten(program.Now, asked));
        program.Run(seconds: 0.002, Many);
        bool isOn = program.Slices.IsOn;
        bool isOver = false;
        for (int i = 0; i < 80 && !isOver; i++)
        {
            program.Run(seconds: 0.001, Many);
            isOver = !program.Slices.TryHasten(program.Now, asked);
        }

        Assert.True(isOn);
        Assert.True(isOver);
        Assert.InRange(program.Estimated / program.Allocated, 0.99, 1.01);
    }

    /// <summary>However long it takes to read what has come: one slice is enough for who asked before its end.</summary>
    [Theory]
    [InlineData(0.001)]
    [InlineData(0.02)]
    public void WhoAsksWaitsForOneSlice(double pause)
    {
        var program = new Program();
        program.Run(seconds: 5, Many);
        while (program.Slices.IsOn)
        {
            program.Run(seconds: 0.001, Many);
        }

        program.Run(seconds: 0.02, Many);
        long asked = program.Now;
        while (!program.Slices.IsOn)
        {
            Assert.True(program.Slices.TryHasten(program.Now, asked));
            program.Run(seconds: 0.001, Many);
        }

        while (program.Slices.IsOn)
        {
            Assert.True(program.Slices.TryHasten(program.Now, asked));
            program.Run(seconds: 0.001, Many);
        }

        double sampled = program.Sampled;
        program.Run(pause, Many);

        Assert.Equal(sampled, program.Sampled);
        Assert.False(program.Slices.TryHasten(program.Now, asked));
        Assert.Equal(pause > 0.005, program.Slices.TryHasten(program.Now, program.Now));
    }

    /// <summary>The runtime forgets now and then what it is to tell: a slice in which it does stands for nothing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatTheRuntimeDoesNotTellOfTheNextSlicesStandFor(bool isCut)
    {
        var program = new Program();
        var random = new Random(11);
        program.Run(seconds: 5, Many);
        for (int i = 0; i < 400; i++)
        {
            // Until the next slice begins, and, where they are cut, for a part of it.
            while (!program.Slices.IsOn)
            {
                program.Run(seconds: 0.001, Many);
            }

            program.Run(seconds: isCut ? 0.01 : 0, Many);
            program.IsSilent = random.NextDouble() < 0.3;
            while (program.Slices is { AreUsed: true, IsOn: true })
            {
                program.Run(seconds: 0.001, Many);
            }

            program.IsSilent = false;
            program.Run(seconds: 0.001, Many);
        }

        Assert.InRange(program.Estimated / program.Allocated, 0.98, 1.02);
    }

    /// <summary>While another session would have the runtime collect garbage whenever one begins.</summary>
    [Fact]
    public void NothingBeginsWhileSomebodyMinds()
    {
        var program = new Program { MaySwitch = false };
        program.Run(seconds: 5, Many);
        bool areUsed = program.Slices.AreUsed;
        program.MaySwitch = true;
        program.Run(seconds: 5, Many);
        while (program.Slices.IsOn)
        {
            program.Run(seconds: 0.001, Many);
        }

        program.MaySwitch = false;
        double sampled = program.Sampled;
        program.Run(seconds: 5, Many);
        double during = program.Sampled;
        bool isCurrent = !program.Slices.TryHasten(program.Now, program.Now);
        program.Run(seconds: 10, Many);

        Assert.False(areUsed);
        Assert.Equal(sampled, during);
        Assert.True(isCurrent);

        // Not for ever: then all of the time, so that nothing has to begin again.
        Assert.True(program.Slices.IsOn);
        Assert.False(program.Slices.AreUsed);
        Assert.Equal(1, program.Slices.Weight);
    }

    private sealed class Program
    {
        private readonly long _step = Stopwatch.Frequency / 1000;
        private double _silent;
        private double _read;
        private double _readOfSite;
        private double _last;
        private double _lastOfSite;
        private double _full;
        private double _fullOfSite;

        public Program()
        {
            Slices = new SamplingSlices(() => MaySwitch, Threshold, new Random(7).NextDouble);
            Slices.Begin(Now, 0);
        }

        public bool MaySwitch { get; set; } = true;

        /// <summary>Whether the runtime tells of nothing although it has been asked to.</summary>
        public bool IsSilent { get; set; }

        public SamplingSlices Slices { get; }

        public long Now { get; private set; } = Stopwatch.GetTimestamp();

        public double Allocated { get; private set; }

        public double Sampled { get; private set; }

        public double Estimated { get; private set; }

        public double AllocatedOfSite { get; private set; }

        public double EstimatedOfSite { get; private set; }

        /// <summary>After so many a slice is weighed, though it goes on; 0 for never.</summary>
        public int MillisecondsOfAPart { get; set; }

        /// <summary>For so long, in milliseconds, nobody looks at the slices; 0 where somebody always does.</summary>
        public int Late { get; set; }

        public void Run(double seconds, double bytesPerSecond, double ofSite = 0)
        {
            for (int i = 0; i < Math.Round(seconds * 1000); i++)
            {
                double bytes = bytesPerSecond / 1000;
                bool wasOn = Slices.IsOn;
                Now += _step;
                Allocated += bytes;
                AllocatedOfSite += bytes * ofSite;
                double told = wasOn && !IsSilent ? bytes : 0;
                Sampled += told;
                _read += told;
                _readOfSite += told * ofSite;
                _silent += wasOn ? bytes - told : 0;
                if (Late > 0)
                {
                    Late--;
                    continue;
                }

                if (MillisecondsOfAPart > 0 && i % MillisecondsOfAPart == 0 && !Slices.AreWeighed)
                {
                    WeighPart();
                }

                Slices.Follow(Now, (long)Allocated);
                if (wasOn && !Slices.IsOn)
                {
                    Slices.Ended(Now, (long)Allocated, _read + (Slices.AreWeighed ? _last : 0), silent: (long)_silent);
                    _silent = 0;
                }
                else if (!wasOn && Slices.IsOn)
                {
                    BeginSlice();
                    Slices.Began(Now, (long)Allocated);
                }

                if (Slices.IsLast)
                {
                    Slices.WeighRest(Now, (long)Allocated, _read);
                    Read();
                    BeginSlice();
                    Slices.SampleAlways();
                    AddRest();
                }

                if (Slices.AreWeighed)
                {
                    Read();
                }
            }
        }

        /// <summary>The samples that have come are weighed and read.</summary>
        public void WeighPart()
        {
            Slices.Weigh(Now, (long)Allocated, _read);
            Read();
        }

        private void Read()
        {
            AddRest();
            (_last, _lastOfSite) = (_last + _read, _lastOfSite + _readOfSite);
            Estimated += _read * Slices.Weight;
            EstimatedOfSite += _readOfSite * Slices.Weight;
            (_read, _readOfSite) = (0, 0);
        }

        private void BeginSlice()
        {
            (_full, _fullOfSite) = Slices.IsFull ? (_last, _lastOfSite) : (_full, _fullOfSite);
            (_last, _lastOfSite) = (0, 0);
        }

        private void AddRest()
        {
            if (Slices.TakeRest() is > 0 and double rest)
            {
                Estimated += rest;
                EstimatedOfSite += rest * _fullOfSite / _full;
            }
        }
    }
}
