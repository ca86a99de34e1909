using System.Globalization;
using System.Text;

namespace Pprof.Encoding.Views;

/// <summary>The table as the pprof tool prints it.</summary>
internal static class TopText
{
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
            text.Append(CultureInfo.InvariantCulture, $"{row.Flat,10} {row.FlatShare} {row.SumShare} {row.Cumulative,10} {row.CumulativeShare}  {row.Name}\n");
        }

        return text.ToString();
    }
}
