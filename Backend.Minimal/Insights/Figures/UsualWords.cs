namespace JamBox.Backend.Insights.Figures;

/// <summary>
/// A ratio in words, as people say it. The bounds lie half way between what the words say; within 10 % it is about as usual.
/// </summary>
internal static class UsualWords
{
    private static readonly (double Below, string Word, string Words)[] s_words =
    [
        (0.15, "hardly_any", "hardly anybody"),
        (0.40, "quieter_much", "much quieter"),
        (0.58, "quieter_half", "half as busy"),
        (0.71, "quieter_third", "a third quieter"),
        (0.775, "quieter_quarter", "a quarter quieter"),
        (0.85, "quieter_fifth", "a fifth quieter"),
        (0.90, "quieter_little", "a little quieter"),
        (1.10, "usual", "about as usual"),
        (1.15, "busier_little", "a little busier"),
        (1.225, "busier_fifth", "a fifth busier"),
        (1.29, "busier_quarter", "a quarter busier"),
        (1.42, "busier_third", "a third busier"),
        (1.60, "busier_half", "half as busy again"),
        (1.85, "busier_two_thirds", "two thirds busier"),
        (2.50, "busier_twice", "about twice as busy"),
        (3.50, "busier_three_times", "about three times as busy"),
        (double.PositiveInfinity, "busier_many_times", "many times as busy"),
    ];

    /// <summary>The words that can stand in an answer.</summary>
    public static readonly string[] All = [.. s_words.Select(static entry => entry.Word)];

    /// <summary>A ratio in words.</summary>
    /// <param name="ratio">0 or more; 1 = as usual.</param>
    /// <returns>A word that can be translated, and the same in English.</returns>
    public static (string Word, string Words) Of(double ratio)
    {
        (double _, string word, string words) = Array.Find(s_words, entry => ratio < entry.Below);
        return word is null ? (s_words[^1].Word, s_words[^1].Words) : (word, words);
    }
}
