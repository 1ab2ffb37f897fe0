using System;

namespace nanoFramework.TestFramework
{
    /// <summary>What a test prints.</summary>
    public static class OutputHelper
    {
        /// <summary>Prints a line.</summary>
        /// <param name="message">The line.</param>
        public static void WriteLine(string message) => Console.WriteLine(message);
    }
}
