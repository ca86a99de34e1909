using Pprof.Generators.Bench;

const int Files = 2_000;
const int Rounds = 3;

// The first round loads and compiles the compiler itself.
Round.Measure(Files);
Round[] rounds = [.. Enumerable.Range(0, Rounds).Select(_ => Round.Measure(Files))];

Console.WriteLine($"A project of {Files} files, medians of {Rounds} rounds in milliseconds; the second column also in proportion to the compiler's own work.");
Print("the whole project", round => round.Parse, round => round.Bind, round => round.FirstRun);
Print("after an edit in an unrelated file", round => round.ParseEdited, round => round.BindEdited, round => round.RunAfterEdit);
Console.WriteLine(
    $"Of the generator's run after an edit {Median(round => round.LookUpAfterEdit):F3} are the compiler's own: the new compilation's first look for a name.");

void Print(string what, Func<Round, double> parse, Func<Round, double> bind, Func<Round, double> generate)
{
    double work = Median(parse) + Median(bind);
    Console.WriteLine(
        $"{what,-36} parse {Median(parse),8:F2}   bind {Median(bind),8:F2}   generator {Median(generate),8:F3} = {Median(generate) / work:P2}");
}

double Median(Func<Round, double> value) => rounds.Select(value).Order().ElementAt(Rounds / 2);
