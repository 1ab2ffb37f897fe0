using System;
using System.Diagnostics;

namespace JamBox.Ports;

/// <summary>
/// What must hold at the borders to flash, wire and board, whatever the other side does: an assertion, for mistakes of ours and not for
/// what a modem, a server or worn flash may do. On in the twin and in the tests on a PC (<c>CHECKED</c> is defined there); on the board
/// the compiler leaves
/// the calls out, arguments and texts included, so that they cost nothing.
/// </summary>
public static class Check
{
    /// <summary>Throws when something that must hold does not.</summary>
    /// <param name="holds">What must hold; it has no side effect.</param>
    /// <param name="what">The same in words.</param>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    [Conditional("CHECKED")]
    public static void That(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException("does not hold: " + what);
        }
    }
}
