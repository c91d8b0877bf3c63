import { mount, overHttp } from "./explorer.js";

mount(document.body, overHttp());
