namespace Pprof.Encoding.Text;

/// <summary>
/// Lines of cells, aligned by tabs at every eighth column as Go's text/tabwriter does: the last cell of a line ends no
/// column, and a column is as wide as its widest cell in consecutive lines that have it.
/// </summary>
internal static class TabbedLines
{
    private const int TabWidth = 8;

    /// <summary>Writes <paramref name="lines"/>, each with a line feed.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<string[]> lines)
    {
        int[] widths = new int[lines.Count];
        int[][] tabs = [.. lines.Select(static cells => new int[cells.Length - 1])];
        for (int column = 0, columns = tabs.Max(static cells => cells.Length); column < columns; column++)
        {
            Align(lines, tabs, widths, column);
        }

        for (int i = 0; i < lines.Count; i++)
        {
            for (int column = 0; column < tabs[i].Length; column++)
            {
                writer.Write(lines[i][column]);
                for (int tab = 0; tab < tabs[i][column]; tab++)
                {
                    writer.Write('\t');
                }
            }

            writer.Write(lines[i][^1]);
            writer.Write('\n');
        }
    }

    private static void Align(IReadOnlyList<string[]> lines, int[][] tabs, int[] widths, int column)
    {
        for (int start = 0; start < lines.Count; start++)
        {
            int end = start;
            int width = 0;
            for (; end < lines.Count && column < tabs[end].Length; end++)
            {
                widths[end] = lines[end][column].Length;
                width = Math.Max(width, widths[end]);
            }

            int padded = (width + TabWidth) / TabWidth * TabWidth;
            for (int i = start; i < end; i++)
            {
                tabs[i][column] = (padded - widths[i] + TabWidth - 1) / TabWidth;
            }

            start = end;
        }
    }
}
