using System.Text;

namespace Pprof.Encoding.Views;

/// <summary>The table as the pprof tool prints it.</summary>
internal static class TopText
{
    private const int ValueWidth = 10;

    /// <summary>Writes the header, a line with the names of the columns, and a line for each function.</summary>
    public static string Of(TopTable table)
    {
        var text = new StringBuilder();
        foreach (string line in table.Header)
        {
            text.Append(line).Append('\n');
        }

        text.Append("      flat  flat%   sum%        cum   cum%\n");
        foreach (TopTable.Row row in table.Rows)
        {
            text.Append(row.Texts[0].PadLeft(ValueWidth)).Append(' ').Append(row.Texts[1]).Append(' ').Append(row.Texts[2]).Append(' ')
                .Append(row.Texts[3].PadLeft(ValueWidth)).Append(' ').Append(row.Texts[4]).Append("  ").Append(row.Name).Append(row.Mark).Append('\n');
        }

        return text.ToString();
    }
}
