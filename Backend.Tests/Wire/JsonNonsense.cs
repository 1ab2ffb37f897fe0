using System.Text;

namespace JamBox.Backend.Tests.Wire;

/// <summary>
/// Bodies that are nearly in order, and such as are not at all, for parsers that must neither throw nor take them for good. The seed is
/// fixed: <c>JAMBOX_FUZZ_SEED</c> gives another one, <c>JAMBOX_FUZZ_ROUNDS</c> more of them.
/// </summary>
internal static class JsonNonsense
{
    private static readonly string[] s_pieces =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\"a\"", "1", "-0", "1e999", "1e-999", "true", "false", "null", "\"\\ud800\"", "\"\\u0000\"",
        "\"\\uD83D\\uDE00\"", " ", "\n", "\\", "{\"a\":{\"a\":{}}}", "[[[[]]]]", "9223372036854775808", "\u00ff", "\u0001", "/*x*/", "\"x",
    ];

    /// <summary>Runs a check on many bodies.</summary>
    /// <param name="test">The name of the test, for the command that runs it again.</param>
    /// <param name="wholes">Bodies that are in order, from which others are made.</param>
    /// <param name="check">The check; whatever it throws is the fault. Says whether the body was taken.</param>
    public static void Run(string test, string[] wholes, Func<byte[], bool> check)
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_SEED") ?? "20260129");
        int rounds = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_ROUNDS") ?? "10000");
        string replay = $"JAMBOX_FUZZ_SEED={seed} JAMBOX_FUZZ_ROUNDS={rounds} dotnet test Backend.Tests --filter {test}";
        Random random = new(seed);
        int taken = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] body = Make(random, wholes);
            try
            {
                taken += check(body) ? 1 : 0;
            }
            catch (Exception wrong)
            {
                Assert.Fail($"Round {round}: {Convert.ToBase64String(body)}: {wrong.Message}. Again with:\n{replay}");
            }
        }

        // Some are in order, and some are not: else nothing was tested.
        Assert.True(taken > rounds / 100 && taken < rounds, $"{taken} of {rounds} were taken. Again with:\n{replay}");
    }

    private static byte[] Make(Random random, string[] wholes)
    {
        StringBuilder text = new();
        if (random.Next(10) == 0)
        {
            for (int i = random.Next(12); i >= 0; i--)
            {
                text.Append(s_pieces[random.Next(s_pieces.Length)]);
            }
        }
        else
        {
            text.Append(wholes[random.Next(wholes.Length)]);
            for (int i = random.Next(4); i > 0 && text.Length > 0; i--)
            {
                int at = random.Next(text.Length);
                text.Remove(at, Math.Min(random.Next(4), text.Length - at)).Insert(at, s_pieces[random.Next(s_pieces.Length)]);
            }
        }

        byte[] body = Encoding.UTF8.GetBytes(text.ToString());
        if (body.Length > 0 && random.Next(4) == 0)
        {
            body[random.Next(body.Length)] = (byte)random.Next(256);
        }

        return body;
    }
}
