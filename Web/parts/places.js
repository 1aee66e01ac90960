/// Places that the map names by itself: it has no tiles. Hoàng Sa and Trường Sa are Việt Nam's, in every zoom.

/// Archipelagos: where their name stands, and some of their islands.
export const archipelagos = [
  {
    key: "hoangsa", latitude: 16.45, longitude: 111.9, area: "place.hoangsa.of",
    islands: [
      [16.53, 111.6], [16.83, 112.34], [15.78, 111.2], [16.67, 112.73], [16.45, 111.72], [16.06, 111.76],
      [16.45, 111.51], [16.97, 112.33], [16.33, 112.02], [16.95, 112.27],
    ],
  },
  {
    key: "truongsa", latitude: 9.7, longitude: 113.6, area: "place.truongsa.of",
    islands: [
      [8.64, 111.92], [11.43, 114.33], [10.18, 114.36], [9.88, 114.33], [8.86, 112.24], [7.89, 112.92],
      [10.37, 114.48], [8.97, 113.68], [11.05, 114.28], [10.73, 114.42], [8.1, 113.3], [9.22, 113.66],
      [8.67, 111.67], [10.38, 114.36],
    ],
  },
];

/// Names of the sea and of towns, by the zoom from which they are shown.
export const sea = { key: "place.sea", latitude: 13.4, longitude: 111.9 };
export const towns = [
  ["Hà Nội", 21.03, 105.85, 4], ["Hải Phòng", 20.86, 106.68, 6], ["Điện Biên Phủ", 21.39, 103.02, 7],
  ["Lào Cai", 22.48, 103.97, 7], ["Hà Giang", 22.82, 104.98, 7], ["Lạng Sơn", 21.85, 106.76, 7],
  ["Thanh Hóa", 19.81, 105.78, 7], ["Vinh", 18.68, 105.68, 6], ["Đồng Hới", 17.47, 106.6, 7],
  ["Huế", 16.46, 107.59, 6], ["Đà Nẵng", 16.05, 108.2, 5], ["Quảng Ngãi", 15.12, 108.8, 7],
  ["Lý Sơn", 15.38, 109.12, 8], ["Pleiku", 13.98, 108.0, 6], ["Quy Nhơn", 13.78, 109.22, 6],
  ["Tuy Hòa", 13.09, 109.3, 8], ["Buôn Ma Thuột", 12.67, 108.04, 7], ["Nha Trang", 12.25, 109.19, 6],
  ["Đà Lạt", 11.94, 108.44, 7], ["Phú Quý", 10.53, 108.94, 8], ["Phan Thiết", 10.93, 108.1, 8],
  ["TP. Hồ Chí Minh", 10.78, 106.7, 4], ["Cần Thơ", 10.03, 105.78, 6], ["Côn Đảo", 8.69, 106.61, 6],
  ["Phú Quốc", 10.22, 103.97, 6], ["Cà Mau", 9.18, 105.15, 6], ["Bạch Long Vĩ", 20.13, 107.73, 7],
];

/// What the map begins with where no device has a place.
export const country = [[8.2, 102.1], [23.4, 115.2]];
