using JamBox.Board;
using JamBox.Interop;

namespace JamBox.Twin.Tests.Board;

/// <summary>A board for one test, and help to wait for what happens on its threads.</summary>
internal static class BoardFixture
{
    /// <summary>Starts a board that is the current one of the calling test.</summary>
    public static BoardHost Start(ResetCause cause = ResetCause.Power, BoardNvs? nvs = null)
    {
        BoardHost board = new(cause, nvs);
        board.MakeCurrent();
        return board;
    }

    /// <summary>Waits until something is so; fails after 5 s.</summary>
    public static void Until(Func<bool> isSo)
    {
        Assert.True(SpinWait.SpinUntil(isSo, 120_000), "waited 120 s in vain");
    }
}
