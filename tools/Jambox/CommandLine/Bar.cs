using System.Globalization;

namespace JamBox.Bench.CommandLine;

/// <summary>A progress bar as markup.</summary>
internal static class Bar
{
    private const int Cells = 24;

    /// <summary>Draws it.</summary>
    /// <param name="share">0 to 1.</param>
    /// <param name="color">Colour of what is done, as Spectre names it.</param>
    /// <param name="isUnicode">Whether the terminal can show blocks.</param>
    /// <returns>The bar and its percentage; 100 % means all of it.</returns>
    public static string Markup(double share, string color, bool isUnicode)
    {
        double safe = double.IsNaN(share) ? 0 : Math.Clamp(share, 0, 1);

        // Rounded down, so that nothing seems done before it is.
        int cells = (int)(safe * Cells);
        int percent = (int)(safe * 100);
        (char full, char empty) = isUnicode ? ('█', '░') : ('#', '.');
        return string.Create(
            CultureInfo.InvariantCulture,
            $"[{color}]{new string(full, cells)}[/][grey]{new string(empty, Cells - cells)}[/] {percent,3} %");
    }
}
