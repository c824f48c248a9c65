/** What people who work with customers use: a few dozen, not three thousand. */
export const EMOJI: Record<string, readonly string[]> = {
  faces: [..."😀😃😄😁😆😅😂🙂😉😊😇🥰😍😘😋😎🤩🥳🤗🤔😐😬🙄😌😴😢😭😤😡😱🤯😳🥺"],
  hands: [..."👍👎👌🙏👏🙌🤝💪👋🤞👉👈👆👇🫶"].concat(["✌️", "☝️"]),
  hearts: [..."💛💚💙💜🧡🖤💔💯✨🔥🎉🎁🏆"].concat(["❤️", "⭐️"]),
  things: [..."📦🚚🛒💳💰🧾📄📎📷📱💻🔑🏠🚗📍📅⏰📞"].concat(["✉️"]),
  signs: [..."✅❌❓❗🔴🟢🟡🔵🆗🔔🔒"].concat(["⚠️", "➡️", "⬅️", "ℹ️"]),
};
